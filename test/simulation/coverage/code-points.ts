/** A place in a file of the product. */
export interface Place {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly line: number;
}

/** A function or a branch of the bundle, as its syntax tree has it. */
export interface CodePoint extends Place {
  readonly kind: "function" | "branch";
  /** Name of the function, or of the one around the branch. */
  readonly name: string;
  /** Offset of the function, or of the first character that only the branch has. */
  readonly start: number;
  /** The function, or the one around the branch; its end is what V8 reports, too. */
  readonly scope: { readonly start: number; readonly end: number; readonly outerStart: number };
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Scope {
  readonly start: number;
  readonly end: number;
  readonly outerStart: number;
  readonly name: string;
}

/** The parts of a statement or expression that may run or not. */
const BRANCHES: Readonly<Record<string, readonly string[]>> = {
  IfStatement: ["consequent", "alternate"],
  ConditionalExpression: ["consequent", "alternate"],
  LogicalExpression: ["right"],
  ForStatement: ["body"],
  ForOfStatement: ["body"],
  ForInStatement: ["body"],
  WhileStatement: ["body"],
  DoWhileStatement: ["body"],
  CatchClause: ["body"],
};
const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/**
 * All functions and branches of a program whose place is known. `program`: an ESTree; `placeOf`: where the text at an
 * offset comes from, undefined for text that is not judged.
 */
export function codePoints(program: object, placeOf: (offset: number) => Place | undefined): CodePoint[] {
  const out: CodePoint[] = [];
  const add = (kind: CodePoint["kind"], start: number, scope: Scope | undefined): void => {
    const place = placeOf(start);
    if (scope !== undefined && place !== undefined) out.push({ kind, start, scope, name: scope.name, ...place });
  };
  const visit = (node: Node, scope: Scope | undefined, name: string): void => {
    let inner = scope;
    if (FUNCTIONS.has(node.type)) {
      const ownName = isNode(node.id) && typeof node.id.name === "string" ? node.id.name : name;
      inner = { start: node.start, end: node.end, outerStart: scope?.start ?? -1, name: ownName };
      add("function", node.start, inner);
    }
    for (const part of BRANCHES[node.type] ?? []) {
      const branch = node[part];
      if (isNode(branch)) add("branch", branch.start, inner);
    }
    if (node.type === "SwitchCase") {
      const [first] = node.consequent as readonly Node[];
      if (first !== undefined) add("branch", first.start, inner);
    }
    const below = nameOf(node) ?? (inner === scope ? name : (inner?.name ?? name));
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, inner, below);
    }
  };
  visit(program as Node, undefined, "anonymous");
  return out;
}

/** The name that a node gives to the function in it. */
function nameOf({ id, key, type }: Node): string | undefined {
  const named = type === "VariableDeclarator" ? id : key;
  return isNode(named) && typeof named.name === "string" ? named.name : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Partial<Node>).type === "string";
}
