/** wavtools' microphones: permission, list, changes. Thread: the page. */

/** A microphone; `default` marks the system's. */
export type AudioInput = MediaDeviceInfo & {
  /** Whether the system takes this one when none is named. */
  default: boolean;
};

/** Told the microphones whenever there are others. */
export type DeviceChangeCallback = (devices: AudioInput[]) => void;

/** What wavtools shows when a page may not listen. */
const REFUSED = "You must grant microphone access to use this feature.";

/** Asks for the microphone where that was never decided. When it is refused, an alert says so, as in wavtools; resolves all the same. */
export async function requestPermission(): Promise<true> {
  // Some browsers cannot be asked what was decided; asking for the microphone tells.
  const status = await navigator.permissions.query({ name: "microphone" as PermissionName }).catch(() => null);
  if (status?.state === "denied") window.alert(REFUSED);
  else if (status?.state !== "granted") {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of stream.getTracks()) track.stop();
    } catch {
      window.alert(REFUSED);
    }
  }
  return true;
}

/** Every microphone, the default one first; asks for permission, since without it they have no names. */
export async function listDevices(): Promise<AudioInput[]> {
  devices("enumerateDevices");
  await requestPermission();
  const inputs = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "audioinput");
  // Some systems list the default microphone twice, once under the name "default": that entry says which of the others it is.
  const alias = inputs.find((device) => device.deviceId === "default");
  const others = inputs.filter((device) => device !== alias);
  const first = alias && (others.find((device) => device.groupId === alias.groupId) ?? alias);
  const ordered = first === undefined ? others : [first, ...others.filter((device) => device !== first)];
  return ordered.map((device) => Object.assign(device, { default: device === first }));
}

/** Tells `callback` the microphones now, and when there are others; the returned function ends that. */
export function watchDevices(callback: DeviceChangeCallback): () => void {
  const media = devices("addEventListener");
  let asked = 0;
  let known = "";
  const look = async (): Promise<void> => {
    const mine = ++asked;
    // Where they cannot be listed now, the next change tries again.
    const list = await listDevices().catch(() => null);
    if (list === null || mine !== asked) return;
    const ids = list
      .map((device) => device.deviceId)
      .sort()
      .join();
    if (ids === known) return;
    known = ids;
    callback(list);
  };
  const listener = (): void => void look();
  media.addEventListener("devicechange", listener);
  listener();
  return () => {
    asked++;
    media.removeEventListener("devicechange", listener);
  };
}

/** @throws {Error} where the page has no such thing. */
function devices(method: "enumerateDevices" | "addEventListener"): MediaDevices {
  if (!navigator.mediaDevices || !(method in navigator.mediaDevices)) {
    throw new Error("Could not request user devices: the page must be served over https: or from localhost.");
  }
  return navigator.mediaDevices;
}
