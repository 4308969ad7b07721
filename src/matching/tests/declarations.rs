//! Rules on declarations: whole types, what stands beside them, and several names in one.

use super::{check, run};

#[test]
fn specifiers_that_a_rule_leaves_out_go_with_the_declaration() {
    check(
        "@@\nidentifier x;\n@@\n- int x;\n",
        "int z(void);\nstatic const int a;\nvoid m(void)\n{\n\tregister int b;\n\tint c __aligned(8);\n\tint d __maybe_unused, e;\n\tfoo();\n}\n",
        "int z(void);\nvoid m(void)\n{\n\tfoo();\n}\n",
    );
}

#[test]
fn specifiers_stay_where_another_declaration_comes() {
    check(
        "@@\nidentifier x;\nexpression e;\n@@\n- int x = e;\n+ new_t x = e;\n",
        "static const int a = 1;\nvoid m(void)\n{\n\tint b __maybe_unused = 1;\n\tint c __maybe_unused = 2;\n\tfoo();\n}\n",
        "static const new_t a = 1;\nvoid m(void)\n{\n\t__maybe_unused new_t b = 1;\n\t__maybe_unused new_t c = 2;\n\tfoo();\n}\n",
    );
    check(
        "@@\nidentifier x;\n@@\n- int x;\n+ init(x);\n",
        "void m(void)\n{\n\tstatic int b;\n\tfoo();\n}\n",
        "void m(void)\n{\n\tinit(b);\n\tfoo();\n}\n",
    );
}

#[test]
fn a_type_is_moved_as_a_whole() {
    check(
        "@@\nidentifier f, a, b;\ntype T, U;\n@@\n- f(T a, U b)\n+ f(U b, T a)\n  { ... }\n",
        "int m(const char *const p, int n) { return 1; }\nvoid n(int (*cb)(int), void *p) { }\n\
         void o(register int r, struct s x[3]) { }\nvoid p(foo_t (*cb)(void), char __user *u) { }\n",
        "int m(int n, const char *const p) { return 1; }\nvoid n(void *p, int (*cb)(int)) { }\n\
         void o(struct s x[3], int r) { }\nvoid p(char __user *u, foo_t (*cb)(void)) { }\n",
    );
}

#[test]
fn a_type_in_a_cast_is_taken_as_a_whole() {
    check(
        "@@\ntype T;\nexpression e;\n@@\n- (T)conv(e)\n+ conv2(T, e)\n",
        "void m(void)\n{\n\ta = (const char *const)conv(1);\n\tb = (void (*)(int))conv(2);\n\tc = (char * __user)conv(3);\n}\n",
        "void m(void)\n{\n\ta = conv2(const char *const, 1);\n\tb = conv2(void (*)(int), 2);\n\tc = conv2(char *__user, 3);\n}\n",
    );
}

#[test]
fn a_type_is_written_around_the_name() {
    check(
        "@@\ntype T;\nidentifier x;\n@@\n- T x;\n+ T *x;\n+ T y[2];\n+ use(sizeof(T));\n",
        "void m(void)\n{\n\tchar a[3];\n}\nvoid n(void)\n{\n\tint (*b)(void);\n}\n",
        "void m(void)\n{\n\tchar (*a)[3];\n\tchar y[2][3];\n\tuse(sizeof(char[3]));\n}\n\
         void n(void)\n{\n\tint (**b)(void);\n\tint (*y[2])(void);\n\tuse(sizeof(int (*)(void)));\n}\n",
    );
}

#[test]
fn a_function_is_no_object() {
    let code = "int f(void);\n";
    check("@@\ntype T;\nidentifier x;\n@@\n- T x;\n", code, code);
}

#[test]
fn names_keep_their_order_when_a_declaration_is_split() {
    let rule = "@@\nidentifier x;\n@@\n- int x;\n+ new_t x;\n";
    check(
        rule,
        "void m(void)\n{\n\tint a, *b = &a;\n\tint *c = &d, d;\n\tint e, *f = &e, g;\n\tint h, i;\n}\n",
        "void m(void)\n{\n\tnew_t a;\n\tint *b = &a;\n\tint *c = &d;\n\tnew_t d;\n\tnew_t e;\n\tint *f = &e;\n\tnew_t g;\n\tnew_t h;\n\tnew_t i;\n}\n",
    );
    // Else the rule says where the new one stands.
    check(
        "@@\nsymbol x;\n@@\n+ long x;\n- int x;\n",
        "void m(void)\n{\n\tint a, x, c;\n}\n",
        "void m(void)\n{\n\tlong x;\n\tint a, c;\n}\n",
    );
    let outcome = run(rule, "void m(void)\n{\n\tint *a, b, *c = &b;\n}\n");
    assert!(outcome.text.is_none());
    assert!(
        outcome.remarks[0].contains("their order has to stay"),
        "{:?}",
        outcome.remarks
    );
}

#[test]
fn the_stars_of_a_name_go_with_it() {
    check(
        "@@\ntype T;\nidentifier x = {a};\n@@\n- T x;\n",
        "void m(void)\n{\n\tchar *const a, b;\n\tconst char *c, *a;\n\tfoo();\n}\n",
        "void m(void)\n{\n\tchar b;\n\tconst char *c;\n\tfoo();\n}\n",
    );
}

#[test]
fn a_star_behind_a_pointer_type_joins_it() {
    check(
        "@@\ntype T;\nexpression e;\n@@\n- container(e, T)\n+ (T *)get(e)\n",
        "void m(void)\n{\n\ta = container(p, struct x *);\n\tb = container(p, char[3]);\n}\n",
        "void m(void)\n{\n\ta = (struct x **)get(p);\n\tb = (char (*)[3])get(p);\n}\n",
    );
}

#[test]
fn a_qualifier_of_a_pointer_is_not_moved_to_another_type() {
    check(
        "@@\nidentifier x;\n@@\n- char *x;\n+ const char *x;\n",
        "void m(void)\n{\n\tchar *a;\n\tchar *const b;\n\tconst char *c;\n}\n",
        "void m(void)\n{\n\tconst char *a;\n\tchar *const b;\n\tconst char *c;\n}\n",
    );
    // A parameter takes it along.
    check(
        "@@\nidentifier f, p;\ntype T;\n@@\n- int f(T *p)\n+ int f(void *data)\n  { ... }\n",
        "int m(const char *const s) { return 1; }\n",
        "int m(void *data) { return 1; }\n",
    );
}

#[test]
fn a_type_that_others_share_is_not_changed_for_one() {
    let outcome = run(
        "@@\nidentifier x;\n@@\n- char\n+ const char\n  *x;\n",
        "void m(void)\n{\n\tchar *a, b;\n}\n",
    );
    assert!(outcome.text.is_none());
    assert!(
        outcome.remarks[0].contains("others share"),
        "{:?}",
        outcome.remarks
    );
}

#[test]
fn a_name_with_an_initializer_leaves_the_others() {
    check(
        "@@\nidentifier x;\nexpression e;\n@@\n- struct foo x = { .a = e };\n+ struct foo x = make(e);\n",
        "void m(void)\n{\n\tstruct foo y = {\n\t\t.a = 1,\n\t}, z;\n}\n",
        "void m(void)\n{\n\tstruct foo z;\n\tstruct foo y = make(1);\n}\n",
    );
}

#[test]
fn an_attribute_that_stays_is_a_word_of_its_own() {
    check(
        "@@\nidentifier x;\n@@\n  struct s {\n  ...\n- int x;\n+ long x;\n  ...\n  };\n",
        "struct s {\n\tint a __aligned(8);\n};\n",
        "struct s {\n\t__aligned(8) long a;\n};\n",
    );
}
