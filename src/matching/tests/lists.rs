//! Rules on initializers, arguments and other lists in which elements go and come.

use super::check;

const NEW_FIELD: &str =
    "@@\nidentifier s;\nexpression fn;\n@@\n  struct ops s = {\n- .old = fn,\n+ .new = fn,\n  };\n";
const MORE_FIELDS: &str =
    "@@\nidentifier s;\nexpression fn;\n@@\n  struct ops s = {\n  .old = fn,\n+ .new = fn,\n  };\n";
const LESS_FIELDS: &str = "@@\nidentifier s;\nexpression fn;\n@@\n  struct ops s = {\n- .old = fn,\n  };\n";

#[test]
fn a_field_takes_the_place_of_another_wherever_it_stands() {
    check(
        NEW_FIELD,
        "struct ops a = { .old = x };\nstruct ops b = { .b = 3, .old = x, .c = 4 };\n\
         struct ops c = { .b = 3, .old = x, };\nstruct ops d = {\n\t.z = 3,\n\t.old = y\n};\n\
         struct ops e = {\n\t.old = y,\t/* y */\n\t.z = 3,\n};\n",
        "struct ops a = { .new = x };\nstruct ops b = { .b = 3, .new = x, .c = 4 };\n\
         struct ops c = { .b = 3, .new = x, };\nstruct ops d = {\n\t.z = 3,\n\t.new = y,\n};\n\
         struct ops e = {\n\t.new = y,\t/* y */\n\t.z = 3,\n};\n",
    );
}

#[test]
fn a_field_comes_next_to_the_one_it_is_written_beside() {
    check(
        MORE_FIELDS,
        "struct ops a = { .b = 3, .old = x, .c = 4 };\nstruct ops b = { .old = x };\n\
         struct ops c = {\n#ifdef A\n\t.old = y,\n#endif\n\t.z = 3,\n};\nstruct ops d = {\n\t.z = 3,\n\t.old = y\n};\n",
        "struct ops a = { .b = 3, .old = x, .new = x, .c = 4 };\nstruct ops b = { .old = x, .new = x };\n\
         struct ops c = {\n#ifdef A\n\t.old = y,\n\t.new = y,\n#endif\n\t.z = 3,\n};\n\
         struct ops d = {\n\t.z = 3,\n\t.old = y,\n\t.new = y,\n};\n",
    );
    check(
        "@@\nidentifier s;\nexpression fn;\n@@\n  struct ops s = {\n  ...,\n+ .new = fn,\n  .old = fn,\n  ...,\n  };\n",
        "struct ops a = {\n\t.b = 3,\n#ifdef A\n\t.old = y,\n#endif\n};\n",
        "struct ops a = {\n\t.b = 3,\n#ifdef A\n\t.new = y,\n\t.old = y,\n#endif\n};\n",
    );
}

#[test]
fn a_field_at_the_end_of_the_list_is_in_no_branch() {
    check(
        "@@\nidentifier s;\n@@\n  struct ops s = {\n  .old = 1,\n  ...,\n+ .new = 2,\n  };\n",
        "struct ops a = {\n\t.old = 1,\n#ifdef A\n\t.t = 1,\n#endif\n};\nstruct ops b = { .old = 1 };\n",
        "struct ops a = {\n\t.old = 1,\n#ifdef A\n\t.t = 1,\n#endif\n\t.new = 2,\n};\nstruct ops b = { .old = 1, .new = 2 };\n",
    );
}

#[test]
fn a_field_goes_with_its_comma() {
    check(
        LESS_FIELDS,
        "struct ops a = { .b = 3, .old = x, .c = 4 };\nstruct ops b = { .b = 3, .old = x };\n\
         struct ops c = {\n#ifdef A\n\t.old = y,\n#endif\n\t.z = 3,\n};\nstruct ops d = {\n\t.z = 3,\n\t.old = y,\n\t.a = 5\n};\n",
        "struct ops a = { .b = 3, .c = 4 };\nstruct ops b = { .b = 3 };\n\
         struct ops c = {\n#ifdef A\n#endif\n\t.z = 3,\n};\nstruct ops d = {\n\t.z = 3,\n\t.a = 5\n};\n",
    );
}

#[test]
fn an_argument_takes_the_place_of_the_last_one() {
    check(
        "@@\n@@\n f(...,\n- flag,\n+ flag2,\n  ...)\n",
        "void m(void)\n{\n\tf(flag, a);\n\tf(a, flag);\n\tf(flag);\n\tf(a, flag, b);\n}\n",
        "void m(void)\n{\n\tf(flag2, a);\n\tf(a, flag2);\n\tf(flag2);\n\tf(a, flag2, b);\n}\n",
    );
}

#[test]
fn an_empty_list_takes_its_comma_along() {
    check(
        "@@\nexpression list es;\n@@\n- a(es)\n+ b(es, dev)\n\n@@\nexpression list[n] es;\nexpression E;\n@@\n- zap(es, E)\n+ zip(n, es, E)\n",
        "void m(void)\n{\n\ta();\n\ta(1, 2);\n\tzap(1);\n\tzap(1, 2);\n}\n",
        "void m(void)\n{\n\tb(dev);\n\tb(1, 2, dev);\n\tzip(0, 1);\n\tzip(1, 1, 2);\n}\n",
    );
    check(
        "@@\nexpression list es;\nexpression E;\n@@\n- c(E, es)\n+ d(dev, E, es)\n",
        "void m(void)\n{\n\tc(1);\n\tc(1, 2);\n}\n",
        "void m(void)\n{\n\td(dev, 1);\n\td(dev, 1, 2);\n}\n",
    );
    check(
        "@@\nexpression list es;\n@@\n  e(\n+ dev,\n  es)\n\n@@\nexpression list es;\n@@\n  g(es\n+ , dev\n  )\n",
        "void m(void)\n{\n\te();\n\te(1);\n\tg();\n\tg(1);\n}\n",
        "void m(void)\n{\n\te(dev);\n\te(dev, 1);\n\tg(dev);\n\tg(1, dev);\n}\n",
    );
}

#[test]
fn an_element_in_braces_comes_on_a_line_of_its_own() {
    check(
        "@@\nidentifier s;\n@@\n  struct id s[] = {\n  ...,\n  { OLD },\n+ { NEW },\n  ...\n  };\n",
        "struct id a[] = { { OLD }, { } };\nstruct id b[] = {\n\t{ OLD },\n\t{ }\n};\nstruct id c[] = {\n\t{ OLD }\n};\n",
        "struct id a[] = { { OLD }, { NEW }, { } };\nstruct id b[] = {\n\t{ OLD },\n\t{ NEW },\n\t{ }\n};\n\
         struct id c[] = {\n\t{ OLD },\n\t{ NEW },\n};\n",
    );
}

#[test]
fn an_enumerator_takes_the_place_of_another() {
    check(
        "@@\n@@\n  enum e {\n  ...,\n- OLD,\n+ NEW,\n  ...\n  };\n",
        "enum e { A, OLD, B };\nenum e { OLD };\nenum e {\n\tA,\n\tOLD\n};\n",
        "enum e { A, NEW, B };\nenum e { NEW };\nenum e {\n\tA,\n\tNEW,\n};\n",
    );
}

#[test]
fn no_parameters_and_one_more_are_one() {
    check(
        "@@\nidentifier f;\nparameter list ps;\n@@\n- void f(ps)\n+ int f(ps, int flags)\n  { ... }\n",
        "void a(void) { }\nvoid b(int x) { }\n",
        "int a(int flags) { }\nint b(int x, int flags) { }\n",
    );
}
