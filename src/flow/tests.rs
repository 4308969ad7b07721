use super::*;
use crate::syntax::{Names, parse};

struct Function {
    text: &'static str,
    tree: Tree,
    graph: Graph,
    locals: Locals,
    accesses: Accesses,
}

fn function(text: &'static str) -> Function {
    function_with(text, Detail::DATA)
}

fn function_with(text: &'static str, detail: Detail) -> Function {
    let tree = parse(text.as_bytes(), &Names::new());
    let id = functions(&tree).next().expect("a function");
    let graph = Graph::new(&tree, text.as_bytes(), id, detail);
    let locals = Locals::new(&tree, text.as_bytes(), id);
    let accesses = Accesses::new(&tree, &graph, &locals);
    Function {
        text,
        tree,
        graph,
        locals,
        accesses,
    }
}

impl Function {
    /// What is evaluated next behind a node: texts in the order of the text, `end` and `early end`.
    fn next_of(&self, id: FlowId) -> Vec<&'static str> {
        let graph = &self.graph;
        let told = |id: FlowId| graph.node(id).part.is_some() || graph.is_exit(id);
        let mut reached = vec![false; graph.len()];
        for &next in graph.successors(id) {
            for (index, seen) in graph.reachable(next, told).into_iter().enumerate() {
                reached[index] |= seen;
            }
        }
        graph
            .ids()
            .filter(|&id| reached[id.index()] && told(id))
            .map(|id| match graph.node(id).part {
                Some(part) => str::from_utf8(self.tree.text(part, self.text.as_bytes())).unwrap(),
                None if id == graph.exit() => "end",
                None => "early end",
            })
            .collect()
    }

    #[track_caller]
    fn next(&self, part: &str, expected: &[&str]) -> &Self {
        assert_eq!(self.next_of(self.node(part)), expected, "behind {part}");
        self
    }

    #[track_caller]
    fn first(&self, expected: &[&str]) -> &Self {
        assert_eq!(self.next_of(Graph::HEAD), expected);
        self
    }

    fn reach(&self) -> Reach<'_> {
        Reach {
            graph: &self.graph,
            locals: &self.locals,
            accesses: &self.accesses,
        }
    }

    /// The node whose part is spelled so, the first one in the text.
    #[track_caller]
    fn node(&self, part: &str) -> FlowId {
        self.graph
            .ids()
            .find(|&id| {
                self.graph
                    .node(id)
                    .part
                    .is_some_and(|node| self.tree.text(node, self.text.as_bytes()) == part.as_bytes())
            })
            .unwrap_or_else(|| panic!("no node {part}"))
    }

    /// The last variable of a name.
    #[track_caller]
    fn variable(&self, name: &str) -> VariableId {
        self.locals
            .ids()
            .filter(|&id| {
                let variable = self.locals.variable(id);
                self.tree.text(variable.name, self.text.as_bytes()) == name.as_bytes()
            })
            .last()
            .expect("a variable of this name")
    }
}

#[test]
fn nodes_and_edges_are_those_of_the_documentation() {
    use NodeKind::*;
    let function = function("int f(int a) { if (a) b(); else return 1; return 0; }");
    let graph = &function.graph;
    let kinds: Vec<NodeKind> = graph.ids().map(|id| graph.kind(id)).collect();
    assert_eq!(
        kinds,
        [
            Head, Open, If, True, Simple, False, Else, Return, After, Return, Close, Exit, ErrorExit
        ]
    );
    let next: Vec<Vec<usize>> = graph
        .ids()
        .map(|id| graph.successors(id).iter().map(|id| id.index()).collect())
        .collect();
    let expected: [&[usize]; 13] = [
        &[1],
        &[2],
        &[3, 5],
        &[4],
        &[8],
        &[6],
        &[7],
        &[12],
        &[9],
        &[11],
        &[11],
        &[],
        &[],
    ];
    assert_eq!(next, expected);
    assert_eq!(graph.node(FlowId(2)).after, Some(FlowId(8)));
    assert_eq!(graph.predecessors(FlowId(8)), [FlowId(4)]);
}

#[test]
fn if_and_else() {
    function("void f(void) { if (a) b(); else if (c) d(); else e(); g(); }")
        .next("a", &["b();", "c"])
        .next("c", &["d();", "e();"])
        .next("d();", &["g();"])
        .next("b();", &["g();"])
        .next("g();", &["end"]);
    function("void f(void) { if (a) l: b(); goto l; }").next("goto l;", &["l:"]);
}

#[test]
fn loops() {
    function("void f(void) { for (i = 0; i < n; i++) { if (c) continue; if (d) break; } g(); }")
        .first(&["i = 0"])
        .next("i = 0", &["i < n"])
        .next("i < n", &["c", "g();"])
        .next("continue;", &["i++"])
        .next("break;", &["g();"])
        .next("d", &["break;", "i++"])
        .next("i++", &["i < n"]);
    function("void f(void) { for (;;) if (a) break; g(); }").next("a", &["a", "break;"]);
    function("void f(void) { while (a) b(); c(); }")
        .next("a", &["b();", "c();"])
        .next("b();", &["a"]);
    function("void f(void) { do { if (x) continue; b(); } while (a); c(); }")
        .first(&["x"])
        .next("continue;", &["a"])
        .next("a", &["x", "c();"]);
    function("void f(void) { do { if (x) break; b(); } while (0); c(); }")
        .next("break;", &["c();"])
        .next("0", &["c();"]);
    function("void f(void) { while (1) { b(); } c(); }")
        .next("b();", &["1"])
        .next("1", &["b();"]);
    function("void f(void) { list_for_each(p, l) { b(); continue; } c(); }")
        .next("list_for_each(p, l)", &["b();", "c();"])
        .next("continue;", &["list_for_each(p, l)"]);
    function("void f(void) { do { b(); } while_each_thread(g, t); c(); }")
        .next("b();", &["while_each_thread(g, t)"])
        .next("while_each_thread(g, t)", &["b();", "c();"]);
}

#[test]
fn a_for_can_be_one_node() {
    let function = function_with(
        "void f(void) { for (i = 0; i < n; i++) a(); b(); }",
        Detail::STATEMENTS,
    );
    let head = function
        .graph
        .ids()
        .find(|&id| function.graph.kind(id) == NodeKind::For)
        .unwrap();
    assert_eq!(function.next_of(head), ["a();", "b();"]);
    assert_eq!(function.next_of(function.node("a();")), ["a();", "b();"]);
}

#[test]
fn switches() {
    let text = "void f(void) { switch (x) { case 1: a(); case 2: b(); break; default: c(); } d(); }";
    function(text)
        .next("x", &["case 1:", "case 2:", "default:"])
        .next("a();", &["case 2:"])
        .next("break;", &["d();"])
        .next("c();", &["d();"]);
    function("void f(void) { for (;;) { switch (x) { case 1: continue; } d(); } }")
        .next("x", &["case 1:", "d();"])
        .next("continue;", &["x"]);
    function("void f(void) { switch (x) { case 1: while (n) { case 2: a(); } } }")
        .next("x", &["case 1:", "case 2:", "end"]);
}

#[test]
fn jumps() {
    function("int f(void) { if (a) goto out; b(); out: return 0; }")
        .next("goto out;", &["out:"])
        .next("b();", &["out:"])
        .next("return 0;", &["end"]);
    function("int f(void) { if (a) return 1; while (b) return 2; goto nowhere; }")
        .next("return 1;", &["early end"])
        .next("return 2;", &["end"])
        .next("goto nowhere;", &["end"]);
    function("void f(void) { static void *t[] = { &&a, &&b }; goto *t[i]; a: x(); b: y(); c: z(); }")
        .next("goto *t[i];", &["a:", "b:"]);
    function("void f(void) { asm goto (\"x\" : : : : out); a(); out: b(); }")
        .next("asm goto (\"x\" : : : : out);", &["a();", "out:"]);
}

#[test]
fn statements_inside_of_expressions() {
    function("void f(void) { x = ({ if (a) goto out; b(); }); out: c(); }")
        .first(&["a"])
        .next("a", &["goto out;", "b();"])
        .next("b();", &["x = ({ if (a) goto out; b(); });"]);
    function("void f(void) { while (({ a(); 1; })) b(); }").next("b();", &["a();"]);
    function("void f(void) { run(q, a(); b();); c(); }")
        .first(&["a();", "run(q, a(); b(););"])
        .next("b();", &["a();", "run(q, a(); b(););"]);
}

#[test]
fn branches_of_the_preprocessor_are_alternatives() {
    let text = "void f(void) {\n#ifdef A\na();\n#elif B\nb();\n#else\nc();\n#endif\nd();\n}\n";
    let all = function(text);
    all.next("a();", &["d();"])
        .next("b();", &["d();"])
        .first(&["a();", "b();", "c();"]);
    assert!(!all.graph.has_split_branches());
    function("void f(void) {\n#ifdef A\na();\n#endif\nd();\n}\n").first(&["a();", "d();"]);
    function("void f(void) {\n#ifdef A\n#endif\nd();\n}\n").first(&["d();"]);
    let split = function("void f(void) {\n#ifdef A\nif (a) {\n#else\nif (b) {\n#endif\nc();\n}\nd();\n}\n");
    assert!(split.graph.has_split_branches());
    split.first(&["a"]).next("c();", &["d();"]);
}

#[test]
fn code_behind_a_jump_is_not_reached() {
    let function = function("int f(void) { return 0; a(); }");
    let reached = function.graph.reachable(Graph::HEAD, |_| false);
    assert!(!reached[function.node("a();").index()]);
}

#[test]
fn names_mean_the_innermost_variable() {
    let function =
        function("int f(int a) { int b = a; { int a = b; g(a); } for (int b = 0; b; ) h(b); return b; }");
    let names: Vec<&str> = function
        .locals
        .variables()
        .iter()
        .map(|variable| str::from_utf8(function.tree.text(variable.name, function.text.as_bytes())).unwrap())
        .collect();
    assert_eq!(names, ["a", "b", "a", "b"]);
    let uses: Vec<usize> = function
        .locals
        .ids()
        .map(|id| function.locals.uses(id).count())
        .collect();
    assert_eq!(uses, [1, 2, 1, 2]);
    assert_eq!(function.locals.variables()[0].kind, VariableKind::Parameter);
}

#[test]
fn declarations_that_make_no_automatic_variable() {
    use VariableKind::*;
    let function = function(
        "int f(a) int *a; { static int s; extern int e; int g(int); int (*p)(int), v[3]; typedef int t; }",
    );
    let kinds: Vec<_> = function.locals.variables().iter().map(|v| v.kind).collect();
    assert_eq!(
        kinds,
        [Parameter, Other, Other, Other, Automatic, Automatic, Other]
    );
    let arrays: Vec<_> = function.locals.variables().iter().map(|v| v.is_array).collect();
    assert_eq!(arrays, [false, false, false, false, false, true, false]);
}

/// The accesses of one variable: where, and `r`, `w` (must), `m` (may), `a` (address) each.
#[track_caller]
fn accesses(text: &'static str, name: &str, expected: &[&str]) {
    let function = function(text);
    let variable = function.variable(name);
    let got: Vec<String> = function
        .accesses
        .of_variable(variable)
        .map(|(_, access)| {
            let mut flags = String::new();
            if access.reads {
                flags.push('r');
            }
            match access.writes {
                Write::No => {}
                Write::May => flags.push('m'),
                Write::Must => flags.push('w'),
            }
            if access.address {
                flags.push('a');
            }
            flags
        })
        .collect();
    assert_eq!(got, expected, "{text}");
}

#[test]
fn what_reads_and_what_writes() {
    accesses("void f(int i) { i = i + 1; }", "i", &["r", "w"]);
    accesses("void f(int i) { i += 1; i++; --i; }", "i", &["rw", "rw", "rw"]);
    accesses(
        "void f(int *p) { *p = 1; p->x = 2; p[1] = 3; (*p)++; }",
        "p",
        &["r", "r", "r", "r"],
    );
    accesses("void f(void) { struct s s; s.x = 1; g(s.x); }", "s", &["rm", "r"]);
    accesses("void f(void) { int i; g(&i); }", "i", &["rma"]);
    accesses(
        "void f(void) { int v[3]; v[0] = v[1]; g(v); }",
        "v",
        &["r", "rm", "ra"],
    );
    accesses(
        "void f(int i) { a && (i = 1); b ? (i = 2) : 0; }",
        "i",
        &["m", "m"],
    );
    accesses("void f(void) { int i = 1, j; sizeof(i); }", "i", &["w"]);
    accesses("void f(int i) { x = ({ int j = i; j; }); }", "i", &["r"]);
    accesses("void f(int i) { asm (\"\" : \"=r\" (i)); }", "i", &["rm"]);
    accesses(
        "void f(struct s *i) { g(&i->x, &i[2], *i); }",
        "i",
        &["r", "r", "r"],
    );
    accesses(
        "void f(int i) { for (i = 0; i < 3; i++) ; }",
        "i",
        &["w", "r", "rw"],
    );
}

#[test]
fn a_name_whose_meaning_is_not_clear_is_aliased() {
    for text in [
        "void f(int i) { g(x, i + ); }",
        "void f(int i) { printk(\"a\" i \"b\"); }",
    ] {
        let function = function(text);
        assert!(function.accesses.is_aliased(function.variable("i")), "{text}");
    }
    let function = function("void f(int i) { g(i); p->i = 1; goto i; i: ; }");
    assert!(!function.accesses.is_aliased(function.variable("i")));
}

#[test]
fn liveness() {
    let text = "int f(int n) { int i, r = 0; for (i = 0; i < n; i++) r = g(i); i = 5; h(i); return r; }";
    let f = function(text);
    let reach = f.reach();
    let (i, r) = (f.variable("i"), f.variable("r"));
    assert!(!reach.is_live_before(i, f.node("i = 5;")));
    assert!(reach.is_live_behind(i, f.node("i = 5;")));
    assert!(!reach.is_live_behind(i, f.node("h(i);")));
    assert!(reach.is_live_behind(r, f.node("i < n")));
    assert!(!reach.is_live_before(r, f.node("int i, r = 0;")));
}

#[test]
fn definitions() {
    let text = "int f(int n) { int r = 0; if (n) r = 1; g(r); r = 2; while (n) { h(r); r = 3; } return r; }";
    let f = function(text);
    let reach = f.reach();
    let r = f.variable("r");
    let mut found = reach.definitions_before(r, f.node("g(r);"));
    found.sort();
    let at = |part| Definition::At(f.node(part));
    assert_eq!(found, [at("int r = 0;"), at("r = 1;")]);
    let mut found = reach.definitions_before(r, f.node("h(r);"));
    found.sort();
    assert_eq!(found, [at("r = 2;"), at("r = 3;")]);
    assert_eq!(
        reach.definitions_before(f.variable("n"), f.node("g(r);")),
        [Definition::Entry]
    );
}

#[test]
fn dominators() {
    let f = function("int f(int a) { if (a) goto out; x(); while (b) { y(); } out: return 0; }");
    let dominators = Dominators::new(&f.graph);
    let of = |part| -> Vec<FlowId> { dominators.of(f.node(part)).collect() };
    assert!(of("y();").contains(&f.node("x();")));
    assert!(of("y();").contains(&f.node("b")));
    assert!(!of("return 0;").contains(&f.node("x();")));
    assert_eq!(of("return 0;").last(), Some(&Graph::HEAD));
    assert_eq!(of("return 0;")[1], f.node("a"));
}

#[test]
fn what_lies_between() {
    let f = function("int f(int a) { p(); if (a) { q(); return 1; } r(); while (a) { s(); } return 0; }");
    let between = f.reach().between(f.node("p();"), &[f.node("r();")]);
    let is = |part| between[f.node(part).index()];
    assert!(is("a") && is("r();") && !is("q();") && !is("s();") && !is("p();"));
    let between = f.reach().between(f.node("s();"), &[f.node("s();")]);
    assert!(between[f.node("s();").index()]);
}

#[test]
fn deep_nesting_and_long_functions_are_no_problem() {
    let deep = ["if (a) { x = ({", "while (b) {", "b: if (c) ;else if (d) ;else "];
    for opener in deep {
        let text = format!("void f(void) {{ {} a; ", opener.repeat(3000));
        let tree = parse(text.as_bytes(), &Names::new());
        for id in functions(&tree) {
            Graph::new(&tree, text.as_bytes(), id, Detail::DATA);
        }
    }
    let closed = format!(
        "void f(void) {{ {} a; {} }}",
        "while (b) {".repeat(300),
        "}".repeat(300)
    );
    let tree = parse(closed.as_bytes(), &Names::new());
    let id = functions(&tree).next().unwrap();
    let graph = Graph::new(&tree, closed.as_bytes(), id, Detail::DATA);
    assert!(graph.len() > 500);
    let long = format!("void f(void) {{ {} }}", "if (a) goto out; ".repeat(20_000));
    let tree = parse(long.as_bytes(), &Names::new());
    let id = functions(&tree).next().unwrap();
    let graph = Graph::new(&tree, long.as_bytes(), id, Detail::DATA);
    let edges: usize = graph.ids().map(|id| graph.successors(id).len()).sum();
    assert!(edges < 2 * graph.len());
}

proptest::proptest! {
    #[test]
    fn graphs_are_sound(words in proptest::collection::vec(proptest::sample::select(vec![
        "if (a)", "else", "while (b)", "do", "for (;c;)", "{", "}", "x = 1;", "goto l;", "l:", "return 1;", "break;",
        "continue;", "switch (d)", "case 1:", "default:", "f(({ y; }));", "\n#if A\n", "\n#else\n", "\n#endif\n", ";",
    ]), 0..60)) {
        let text = format!("int f(void)\n{{\n{}\n}}\n", words.join(" "));
        let tree = parse(text.as_bytes(), &Names::new());
        for id in functions(&tree) {
            for detail in [Detail::DATA, Detail::STATEMENTS] {
                let graph = Graph::new(&tree, text.as_bytes(), id, detail);
                let edges: usize = graph.ids().map(|id| graph.successors(id).len()).sum();
                proptest::prop_assert!(edges <= 3 * graph.len());
                for node in graph.ids() {
                    proptest::prop_assert!(graph.is_exit(node) || !graph.successors(node).is_empty());
                    for &next in graph.successors(node) {
                        proptest::prop_assert!(graph.predecessors(next).contains(&node));
                    }
                }
                let locals = Locals::new(&tree, text.as_bytes(), id);
                Accesses::new(&tree, &graph, &locals);
            }
        }
    }
}
