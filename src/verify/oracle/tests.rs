use super::*;
use crate::syntax::{Names, SyntaxKind, parse};

#[track_caller]
fn compared(text: &str) -> Comparison {
    let names = Names::new();
    let tree = parse(text.as_bytes(), &names);
    let function = tree
        .descendants(NodeId::ROOT)
        .find(|&id| tree.kind(id) == SyntaxKind::Function)
        .expect("a function");
    compare(text.as_bytes(), &tree, function, &|name| names.is_type(name))
}

#[track_caller]
fn same(statements: &str) {
    let text = format!("int g;\nstatic int f(struct s *p)\n{{\n{statements}\n}}\n");
    match compared(&text) {
        Comparison::Same { .. } => {}
        Comparison::Different(found) => {
            let shown: Vec<_> = found
                .iter()
                .map(|found| {
                    format!(
                        "{:?} {:?} `{}`",
                        found.side,
                        found.shape,
                        String::from_utf8_lossy(found.range.slice(text.as_bytes()))
                    )
                })
                .collect();
            panic!("{shown:#?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn expressions() {
    same("\tx = a + b * c - (d - e) / -f ?: g->h.i[j](k, l)++;");
    same("\treturn (u32)a + (struct s *)b + sizeof(*p) + sizeof(int) * !c;");
}
