//! Parentheses and operators in code that takes the place of an operand.

use super::check;

/// Runs a rule that replaces `f(a, b)` on expressions.
fn becomes(added: &str, cases: &[(&str, &str)]) {
    let rule = format!("@@\nexpression a, b;\n@@\n- f(a, b)\n+ {added}\n");
    for (before, after) in cases {
        let around = |code: &str| format!("void m(void)\n{{\n\tx = {code};\n}}\n");
        check(&rule, &around(before), &around(after));
    }
}

#[test]
fn operators_around_an_operand_do_not_take_it_apart() {
    becomes(
        "a * b",
        &[
            ("2 / f(a, b)", "2 / (a * b)"),
            ("f(a, b) / 2", "a * b / 2"),
            ("f(a, b) / f(c, d)", "a * b / (c * d)"),
            ("y * f(a, b) * f(c, d / e)", "y * a * b * (c * (d / e))"),
            ("1 + f(a, b) << 2", "1 + a * b << 2"),
        ],
    );
    becomes(
        "a - b",
        &[
            ("y - f(a, b)", "y - (a - b)"),
            ("y + f(a, b)", "y + a - b"),
            ("y * f(a, b)", "y * (a - b)"),
            ("f(a, b) * y", "(a - b) * y"),
            ("f(a, b) < f(c, d) && f(e, 1)", "a - b < c - d && e - 1"),
        ],
    );
    becomes(
        "a < b",
        &[
            ("f(a, b) == f(c, d)", "a < b == c < d"),
            ("y < f(a, b)", "y < (a < b)"),
        ],
    );
}

#[test]
fn operators_with_one_operand_get_all_of_it() {
    becomes(
        "a - b",
        &[
            ("!f(a, b)", "!(a - b)"),
            ("-f(a, b)", "-(a - b)"),
            ("*f(a, b)", "*(a - b)"),
            ("(int)f(a, b)", "(int)(a - b)"),
            ("sizeof f(a, b)", "sizeof (a - b)"),
            ("sizeof(f(a, b))", "sizeof(a - b)"),
            ("f(a, b)->y", "(a - b)->y"),
            ("f(a, b)[f(c, d)]", "(a - b)[c - d]"),
            ("f(a, b)()", "(a - b)()"),
        ],
    );
    becomes(
        "(struct s *)a",
        &[
            ("f(a, b)->y", "((struct s *)a)->y"),
            ("(long)f(a, b)", "(long)(struct s *)a"),
        ],
    );
    becomes(
        "*a",
        &[("f(a, b).y + *f(c, d)", "(*a).y + **c"), ("y/f(a, b)", "y/ *a")],
    );
}

#[test]
fn choices_and_assignments_stay_whole() {
    becomes(
        "a ? b : 0",
        &[
            (
                "f(a, b) ? f(c, d) : f(e, g)",
                "(a ? b : 0) ? c ? d : 0 : e ? g : 0",
            ),
            ("1 + f(a, b)", "1 + (a ? b : 0)"),
        ],
    );
    becomes(
        "a = b",
        &[
            ("f(a, b) && f(c, d) == 3", "(a = b) && (c = d) == 3"),
            ("f(a, b) ? f(c, d) : f(e, g)", "(a = b) ? c = d : (e = g)"),
            ("f(a, b)", "a = b"),
        ],
    );
    becomes(
        "a, b",
        &[
            ("g(f(a, b), 1)", "g((a, b), 1)"),
            ("f(a, b)", "(a, b)"),
            ("y[f(a, b)]", "y[a, b]"),
        ],
    );
    check(
        "@@\nexpression a, b;\n@@\n- f(a, b)\n+ a, b\n",
        "int t = f(1, 2);\nint m(void)\n{\n\tf(1, 2);\n\treturn f(3, 4);\n}\n",
        "int t = (1, 2);\nint m(void)\n{\n\t1, 2;\n\treturn 3, 4;\n}\n",
    );
}

#[test]
fn parentheses_come_only_where_they_are_needed() {
    becomes(
        "a + b",
        &[
            ("f(a, b)", "a + b"),
            ("(f(a, b)) * 2", "(a + b) * 2"),
            ("g(f(a, b))", "g(a + b)"),
        ],
    );
    becomes("g(a) + (b)", &[("f(a, b) << 3", "g(a) + (b) << 3")]);
    becomes("g(a + b)", &[("!f(a, b) * 2", "!g(a + b) * 2")]);
    check(
        "@@\nexpression a, b;\n@@\n  g(\n- a\n+ a, 0\n  , b)\n",
        "void m(void)\n{\n\tg(x, y);\n}\n",
        "void m(void)\n{\n\tg(x, 0, y);\n}\n",
    );
    check(
        "@@\nexpression a, b;\n@@\n  2 /\n- f(a, b)\n+ a * b\n",
        "void m(void)\n{\n\tx = 2 / f(y, z);\n}\n",
        "void m(void)\n{\n\tx = 2 / y * z;\n}\n",
    );
}

#[test]
fn a_macro_stays_one_operand() {
    check(
        "@@\nexpression a;\n@@\n- f(a)\n+ a + 1\n",
        "#define M f(2)\n#define N (f(2))\n",
        "#define M (2 + 1)\n#define N (2 + 1)\n",
    );
}

#[test]
fn code_that_stays_in_part_is_one_operand() {
    check(
        "@@\nexpression a;\n@@\n- f(\n  a\n- )\n+ + 1\n",
        "void m(void)\n{\n\tx = 2 * f(y);\n\tx = f(y);\n}\n",
        "void m(void)\n{\n\tx = 2 * (y + 1);\n\tx = y + 1;\n}\n",
    );
}

#[test]
fn values_are_not_taken_apart_by_casts_and_choices() {
    becomes(
        "(int)a",
        &[("f(c + d, 0)", "(int)(c + d)"), ("f(*c, 0)", "(int)*c")],
    );
    becomes(
        "a ? 1 : b",
        &[("f(c ? 2 : 3, d ? 4 : 5)", "(c ? 2 : 3) ? 1 : d ? 4 : 5")],
    );
    becomes("a < b", &[("f(c, d < e)", "c < (d < e)")]);
    becomes(
        "a * b",
        &[("f(c, d / e)", "c * (d / e)"), ("f(c, d * e)", "c * d * e")],
    );
    becomes("a * 2", &[("f(c /* d */ + e, 0)", "(c /* d */ + e) * 2")]);
    becomes("a(b)", &[("f(*c, d)", "(*c)(d)")]);
    becomes("a->y", &[("f((struct s *)(c), d)", "((struct s *)(c))->y")]);
}

#[test]
fn signs_do_not_grow_together() {
    becomes(
        "-a",
        &[
            ("-f(y, 0)", "- -y"),
            ("f(-y, 0)", "- -y"),
            ("y - f(z, 0)", "y - -z"),
            ("(f(-y, 0))", "(- -y)"),
        ],
    );
    becomes("&a", &[("y &f(z, 0)", "y & &z"), ("y & f(z, 0)", "y & &z")]);
}

#[test]
fn operators_between_operands_have_spaces() {
    becomes("a *b", &[("f(y, z)", "y *z")]);
    becomes(
        "a * b",
        &[("f(y, z)", "y * z"), ("g(f(y, (z + 1)))", "g(y * (z + 1))")],
    );
    becomes("a & b", &[("f(y, z)", "y & z")]);
    check(
        "@@\ntype T;\nidentifier f, x;\n@@\n f(\n- T x\n+ struct_t *x\n  ) { ... }\n",
        "int m(int y)\n{\n}\n",
        "int m(struct_t *y)\n{\n}\n",
    );
    check(
        "@@\nexpression a;\n@@\n- f(a);\n+ struct_t * p;\n+ p = a * 2;\n",
        "void m(void)\n{\n\tf(y);\n}\n",
        "void m(void)\n{\n\tstruct_t *p;\n\tp = y * 2;\n}\n",
    );
}
