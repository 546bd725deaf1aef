/**
 * The public surface as the compiler sees it: every symbol that users can import, from the emitted declarations, with the members that lack a doc comment. Uses
 * TypeScript 5.9, whose compiler API the newer one does not have.
 */
import { join, relative } from "node:path";
import ts from "typescript-5";
import { root } from "./repository.ts";

/** One entry point: what users import and the declaration file behind it. */
export interface Entry {
  readonly specifier: string;
  readonly types: string;
}

/** What one entry point exports, and which of it has no doc comment (`Name` or `Name.member`). */
export interface Surface {
  readonly specifier: string;
  readonly exported: readonly string[];
  readonly undocumented: readonly string[];
}

/** Declarations that mirror the wire. */
const WIRE_FILE = /[\\/]core[\\/]dist[\\/]protocol[\\/]/;

/** Numbers of the wire whose unit is in the API's name for them, or that count nothing. */
const WIRE_UNIT = /(tokens|_ms|seconds|_index|_count|^limit|^remaining|^code)$/;

/**
 * What makes the parts of a union distinct (`type: "error"`) needs no words. Nor do fields of the wire that are not numbers: their names and types are the API's own,
 * and a comment that says "the item" of `item` helps nobody; the event as a whole is documented here, and a number states its unit.
 */
function speaksForItself(member: ts.Symbol, checker: ts.TypeChecker): boolean {
  const declaration = member.declarations?.[0];
  if (declaration && ts.isPropertySignature(declaration) && WIRE_FILE.test(declaration.getSourceFile().fileName)) {
    const type = checker.getTypeOfSymbol(member);
    const parts = type.isUnion() ? type.types : [type];
    return !parts.some((part) => part.flags & ts.TypeFlags.Number) || WIRE_UNIT.test(member.name);
  }
  return declaration !== undefined && ts.isPropertySignature(declaration) && declaration.type !== undefined && ts.isLiteralTypeNode(declaration.type);
}

function isHidden(member: ts.Symbol): boolean {
  const declaration = member.declarations?.[0];
  if (declaration === undefined || (ts.isPropertyDeclaration(declaration) && ts.isPrivateIdentifier(declaration.name))) return true;
  if (ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === "internal")) return true;
  return (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
}

/** A constructor needs words only when it takes something. */
function isPlainConstructor(member: ts.Symbol): boolean {
  return (
    member.name === "__constructor" &&
    (member.declarations ?? []).every((declaration) => ts.isConstructorDeclaration(declaration) && declaration.parameters.length === 0)
  );
}

/** The object types written out in a type alias, not those it merely names. */
function literalsOf(node: ts.TypeNode): ts.TypeLiteralNode[] {
  if (ts.isTypeLiteralNode(node)) return [node];
  if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) return node.types.flatMap(literalsOf);
  if (ts.isParenthesizedTypeNode(node)) return literalsOf(node.type);
  if (ts.isTypeReferenceNode(node) && node.typeName.getText() === "Readonly") return (node.typeArguments ?? []).flatMap(literalsOf);
  return [];
}

function membersOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const written: ts.Symbol[] = [];
  for (const declaration of symbol.declarations ?? []) {
    if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration)) {
      written.push(...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? []));
    } else if (ts.isTypeAliasDeclaration(declaration)) {
      for (const literal of literalsOf(declaration.type)) written.push(...checker.getPropertiesOfType(checker.getTypeFromTypeNode(literal)));
    }
  }
  const isMember = ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor | ts.SymbolFlags.Constructor;
  return [...new Set(written)].filter((member) => (member.flags & isMember) !== 0 && member.name !== "prototype" && !isHidden(member));
}

/** Reads the surface of `entries`; symbols that come from other people's packages are theirs to document. */
export function surfaces(entries: readonly Entry[]): Surface[] {
  const program = ts.createProgram(
    entries.map(({ types }) => join(root, types)),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
      types: [],
      noEmit: true,
    },
  );
  const checker = program.getTypeChecker();
  const isOurs = (symbol: ts.Symbol) =>
    (symbol.declarations ?? []).some((declaration) => /^packages[\\/][^\\/]+[\\/]dist[\\/]/.test(relative(root, declaration.getSourceFile().fileName)));
  const hasDoc = (symbol: ts.Symbol) => symbol.getDocumentationComment(checker).length > 0;

  return entries.map(({ specifier, types }) => {
    const file = program.getSourceFile(join(root, types));
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${types} is not a module; build first.`);
    const exported: string[] = [];
    const undocumented: string[] = [];
    for (const name of checker.getExportsOfModule(module)) {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
      exported.push(name.name);
      if (!isOurs(symbol)) continue;
      if (!hasDoc(symbol)) undocumented.push(name.name);
      for (const member of membersOf(symbol, checker)) {
        if (hasDoc(member) || speaksForItself(member, checker) || isPlainConstructor(member)) continue;
        undocumented.push(`${name.name}.${member.name.replace(/^__/, "")}`);
      }
    }
    return { specifier, exported, undocumented };
  });
}
