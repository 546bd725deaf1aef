/**
 * A canvas that keeps the sharpness of the screen, its own size and the page's colours. Drawing code works in CSS pixels.
 */

const dark = matchMedia("(prefers-color-scheme: dark)");

/** A canvas to draw on. */
export class Surface {
  /** Drawing context, in CSS pixels. */
  readonly context: CanvasRenderingContext2D;
  /** CSS pixels. */
  width = 0;
  /** CSS pixels. */
  height = 0;
  readonly #canvas: HTMLCanvasElement;
  readonly #colours = new Map<string, string>();
  readonly #onChange: () => void;

  /** `onChange` is called when the canvas is empty and must be drawn again: after a change of size or colours. */
  constructor(canvas: HTMLCanvasElement, onChange: () => void) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("This browser cannot draw on a canvas.");
    this.#canvas = canvas;
    this.context = context;
    this.#onChange = onChange;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    dark.addEventListener("change", () => {
      this.#colours.clear();
      this.#onChange();
    });
  }

  /** A colour of style.css, by the name of its custom property without the dashes. */
  colour(name: string): string {
    let value = this.#colours.get(name);
    if (value === undefined) {
      value = getComputedStyle(this.#canvas).getPropertyValue(`--${name}`).trim();
      this.#colours.set(name, value);
    }
    return value;
  }

  /** Empties the canvas. */
  clear(): void {
    this.context.clearRect(0, 0, this.width, this.height);
  }

  #resize(): void {
    const scale = window.devicePixelRatio || 1;
    this.width = this.#canvas.clientWidth;
    this.height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.width * scale);
    this.#canvas.height = Math.round(this.height * scale);
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#onChange();
  }
}
