//! Lists that become too long for a line.

use super::check;

const RULE: &str =
    "@@\nexpression a, b, c;\n@@\n- foo(a, b, c)\n+ a_rather_long_function_name(c, b, a, GFP_KERNEL)\n";

fn becomes(before: &str, after: &str) {
    let around = |code: &str| format!("void f(void)\n{{\n{code}\n}}\n");
    check(RULE, &around(before), &around(after));
}

#[test]
fn elements_are_aligned_with_the_parenthesis_as_it_stands_in_the_new_text() {
    becomes(
        "\tretval = foo(the_first_argument, the_second_argument, third);",
        "\tretval = a_rather_long_function_name(third, the_second_argument,\n\
         \t\t\t\t\t     the_first_argument, GFP_KERNEL);",
    );
}

#[test]
fn a_second_list_is_aligned_behind_the_break_in_the_first_one() {
    check(
        "@@\nexpression a, b;\n@@\n- f(a, b)\n+ gg(a, b, GFP_KERNEL)\n",
        "void f(void)\n{\n\
         \tsome_value = f(the_first_argument_is_long, the_second_is_long) + f(x, the_third_one_is_long_as_well);\n}\n",
        "void f(void)\n{\n\
         \tsome_value = gg(the_first_argument_is_long, the_second_is_long,\n\
         \t\t\tGFP_KERNEL) + gg(x, the_third_one_is_long_as_well,\n\
         \t\t\t\t\t GFP_KERNEL);\n}\n",
    );
}

#[test]
fn elements_hang_where_there_is_no_room_beside_the_parenthesis() {
    becomes(
        "\t\t\tsome_structure->member = foo(the_first_argument, second, third);",
        "\t\t\tsome_structure->member = a_rather_long_function_name(third,\n\
         \t\t\t\t\tsecond, the_first_argument,\n\
         \t\t\t\t\tGFP_KERNEL);",
    );
    becomes(
        "    if (some_condition_that_is_quite_long && foo(first_argument, second, third))\n        return;",
        "    if (some_condition_that_is_quite_long && a_rather_long_function_name(third,\n            \
         second, first_argument, GFP_KERNEL))\n        return;",
    );
}

#[test]
fn remarks_in_lists_are_no_hindrance() {
    becomes(
        "\tretval = foo(the_first_argument, the_second_argument /* a, b */ + 1, third);",
        "\tretval = a_rather_long_function_name(third,\n\
         \t\t\t\t\t     the_second_argument /* a, b */ + 1,\n\
         \t\t\t\t\t     the_first_argument, GFP_KERNEL);",
    );
    check(
        "@@\nexpression list es;\n@@\n- pr(es)\n+ a_rather_long_function_name(es, GFP_KERNEL)\n",
        "void f(void)\n{\n\tpr(the_first_argument, // a, (\n\t   the_second_argument, third);\n}\n",
        "void f(void)\n{\n\ta_rather_long_function_name(the_first_argument,\n\
         \t\t\t\t    /* a, ( */ the_second_argument, third,\n\
         \t\t\t\t    GFP_KERNEL);\n}\n",
    );
}

#[test]
fn letters_of_several_bytes_have_one_column() {
    becomes(
        "\tret = foo(1, \"éééééééééééé\", 3);",
        "\tret = a_rather_long_function_name(3, \"éééééééééééé\", 1, GFP_KERNEL);",
    );
}
