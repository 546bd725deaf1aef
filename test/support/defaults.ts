/** The objects that hold defaults (`DEFAULTS`, `PLAYOUT_DEFAULTS`), read from the sources: each value with its comment. */
import ts from "typescript-5";
import { read } from "./repository.ts";

/** One default: where it stands and what its comment says. */
export interface Default {
  readonly where: string;
  /** The object's name, and the comment before it. */
  readonly object: string;
  readonly objectComment: string;
  readonly name: string;
  readonly comment: string;
  /** Whether the value is a number, and so has a unit. */
  readonly isNumber: boolean;
}

const OBJECT_NAME = /(^|_)DEFAULTS$|Defaults$/;

/** The object literal inside `Object.freeze(...)`, `as const`, `satisfies T`. */
function unwrap(node: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  if (!node) return undefined;
  if (ts.isObjectLiteralExpression(node)) return node;
  if (ts.isCallExpression(node)) return unwrap(node.arguments[0]);
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)) return unwrap(node.expression);
  return undefined;
}

function isNumber(node: ts.Expression): boolean {
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isPrefixUnaryExpression(node)) return isNumber(node.operand);
  return ts.isBinaryExpression(node) && (isNumber(node.left) || isNumber(node.right));
}

/** Comments before a property and behind it on its line. */
function commentOf(property: ts.Node, text: string): string {
  const end = text.charAt(property.end) === "," ? property.end + 1 : property.end;
  const ranges = [...(ts.getLeadingCommentRanges(text, property.pos) ?? []), ...(ts.getTrailingCommentRanges(text, end) ?? [])];
  // A comment that trails the property before belongs to that one: it starts on the line where that property ends.
  const own = ranges.filter((range) => range.pos >= end || text.slice(property.pos, range.pos).includes("\n") || property.pos === 0);
  return own.map((range) => text.slice(range.pos, range.end)).join(" ");
}

/** Every default in `path`. */
export function defaultsIn(path: string): Default[] {
  const text = read(path);
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap((declaration) => {
      const object = OBJECT_NAME.test(declaration.name.getText(file)) ? unwrap(declaration.initializer) : undefined;
      const properties: readonly ts.ObjectLiteralElementLike[] = object?.properties ?? [];
      return properties.filter(ts.isPropertyAssignment).map((property) => ({
        where: path,
        object: declaration.name.getText(file),
        objectComment: commentOf(statement, text),
        name: `${declaration.name.getText(file)}.${property.name.getText(file)}`,
        comment: commentOf(property, text),
        isNumber: isNumber(property.initializer),
      }));
    }),
  );
}
