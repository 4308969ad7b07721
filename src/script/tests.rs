use super::*;

fn printed(script: &str) -> String {
    let program = Program::parse(script).unwrap_or_else(|fault| panic!("{fault:?}"));
    match Interpreter::new().run(&program, &[]) {
        Ok(effects) => effects.printed,
        Err(fault) => format!("line {}: {}", fault.line, fault.message),
    }
}

fn place(line: u32) -> Position {
    Position {
        file: "a.c".into(),
        line,
        column: 1,
        line_end: line,
        column_end: 4,
        element: "f".into(),
    }
}

#[test]
fn expressions_mean_what_python_means() {
    for (expression, value) in [
        ("1 + 2 * 3 ** 2", "19"),
        ("-7 // 2, -7 % 3, 7 // -2, 7 % -3", "(-4, 2, -4, -2)"),
        ("7 / 2", "3.5"),
        ("'a' 'b' + \"c\" * 3", "abccc"),
        (
            "'%s is %d, %5.1f%% %r %-4s|' % ('x', 3, 2.25, 'y', 'z')",
            "x is 3,   2.2% 'y' z   |",
        ),
        ("'%(a)s-%(b)02x' % {'a': 1, 'b': 10}", "1-0a"),
        ("'{} {1} {n:>4}'.format(1, 2, n=3)", "1 2    3"),
        ("f'{1+1}-{\"x\"!r}-{255:04x}'", "2-'x'-00ff"),
        ("[x * 2 for x in range(5) if x % 2]", "[2, 6]"),
        ("{k: v for k, v in [('a', 1), ('b', 2)]}", "{'a': 1, 'b': 2}"),
        ("sorted({3, 1, 2}, reverse=True)", "[3, 2, 1]"),
        ("'abcdef'[1:-1], 'abc'[::-1], [1, 2, 3][-1]", "('bcde', 'cba', 3)"),
        ("1 < 2 < 3 and not 2 in (1, 3) or None", "True"),
        ("int('0x1f', 0), int('10', 2), int(' 42 ')", "(31, 2, 42)"),
        ("'yes' if [] else 'no'", "no"),
        (
            "frozenset(['a']) & {'a', 'b'}, {1} <= {1, 2}",
            "(frozenset({'a'}), True)",
        ),
        ("(lambda a, b=2: a + b)(1)", "3"),
        (
            "'a,b'.split(','), ' x '.strip(), 'x'.join(['1', '2'])",
            "(['a', 'b'], 'x', '1x2')",
        ),
        ("'[a]'.replace('[', '@(').replace(']', ')')", "@(a)"),
        ("len('äb'), 'ULL'.endswith(('L', 'x'))", "(2, True)"),
        (
            "1 == True, '1' == 1, None is None, (1, 2) == (1, 2)",
            "(True, False, True, True)",
        ),
    ] {
        assert_eq!(
            printed(&format!("print(({expression}))")).trim_end(),
            value,
            "{expression}"
        );
    }
}

#[test]
fn statements_mean_what_python_means() {
    let script = r#"
import re
seen = {}
def digits(text):
    try:
        value = int(text, 0)
    except ValueError as e:
        return None
    finally:
        seen[text] = True
    return value

def fact(n):
    return 1 if n < 2 else n * fact(n - 1)

for word in ["0x10", "zz", "7"]:
    if digits(word) is None:
        continue
    elif word == "7": print("seven")
    else:
        print(digits(word))
n = 0
while True:
    n += 1
    if n > 3:
        break
a, (b, c) = 1, (2, 3)
l = [1]; l.append(2); l += [3]
m = re.compile('__([a-z]+)')
if m.search('x__init') != None: print(m.search('x__init').group(1), m.match('x__init'))
print(n, a + b + c, l, sorted(seen), fact(20))
"#;
    let expected = "16\nseven\ninit None\n4 6 [1, 2, 3] ['0x10', '7', 'zz'] 2432902008176640000\n";
    assert_eq!(printed(script), expected);
}

#[test]
fn reports_and_org_lines_look_as_spatchs_do() {
    let inputs = [
        ("p".to_owned(), Input::Positions(vec![place(3)])),
        ("e".to_owned(), Input::Text("a[1]".into())),
    ];
    let run = |script: &str| {
        let program = Program::parse(script).unwrap();
        Interpreter::new().run(&program, &inputs).unwrap()
    };
    let link =
        |face: &str, text: &str| format!("[[view:a.c::face={face}::linb=3::colb=1::cole=4][{text}]]\n");
    for (script, line) in [
        (
            "coccilib.report.print_report(p[0], \"x \" + p[0].line)",
            "a.c:3:1-4: x 3\n".to_owned(),
        ),
        (
            "coccilib.org.print_todo(p[0], e)",
            format!("* TODO {}", link("ovl-face1", "a[1]")),
        ),
        (
            "coccilib.org.print_safe_todo(p[0], e)",
            format!("* TODO {}", link("ovl-face1", "a@(1)")),
        ),
        ("coccilib.org.print_link(p[0])", link("ovl-face1", "a.c::3")),
        (
            "cocci.print_main(\"m\", p)",
            format!("* TODO {}", link("ovl-face1", "m a.c::3")),
        ),
        ("cocci.print_secs(\"s\", p)", link("ovl-face2", "s")),
        (
            "from coccilib.report import *\nprint_report(p[0], p[0].current_element)",
            "a.c:3:1-4: f\n".to_owned(),
        ),
    ] {
        assert_eq!(run(script).printed, line, "{script}");
    }
    let effects = run("coccinelle.x = e + '2'\ncocci.include_match(len(p) > 1)");
    assert_eq!(effects.outputs, [("x".to_owned(), "a[1]2".to_owned())]);
    assert!(effects.drop);
}

#[test]
fn what_one_script_defines_the_next_one_sees() {
    let mut interpreter = Interpreter::new();
    let first =
        Program::parse("count = 0\ndef add():\n  global count\n  count += 1\n  return count").unwrap();
    interpreter.run(&first, &[]).unwrap();
    let second = Program::parse("print(add())").unwrap();
    assert_eq!(interpreter.run(&second, &[]).unwrap().printed, "1\n");
    assert_eq!(interpreter.run(&second, &[]).unwrap().printed, "2\n");
    let condition = Program::parse_condition("\n add() > 2 ").unwrap();
    assert!(interpreter.holds(&condition, &[]).unwrap());
}

#[test]
fn mistakes_have_their_line() {
    for (script, message) in [
        ("x = 1\ny = z", "line 2: name 'z' is not defined"),
        ("\nimport os", "line 2: the module `os` is not supported"),
        ("open('x')", "line 1: name 'open' is not defined"),
        ("print('a' + 1)", "line 1: unsupported operand types"),
        ("coccilib.foo()", "line 1: `coccilib.foo` is not supported"),
        ("x = []\nx.foo()", "line 2: `foo` of a list"),
    ] {
        let found = printed(script);
        assert!(found.starts_with(message), "{script}: {found}");
    }
    for (script, line) in [
        ("x = (1\n", 1),
        ("if x:\npass", 2),
        ("a b", 1),
        ("x = 'a", 1),
        ("class A: pass", 1),
    ] {
        let fault = Program::parse(script).expect_err(script);
        assert!(fault.line.abs_diff(line) <= 1, "{script}: {fault:?}");
    }
}

#[test]
fn hostile_scripts_end_in_an_error() {
    let deep = format!("x = {}1{}", "[".repeat(5000), "]".repeat(5000));
    let long = format!("x = 1{}", " + 1".repeat(100_000));
    for script in [&deep, &long] {
        assert!(Program::parse(script).is_err());
    }
    for script in [
        "while True: pass",
        "x = 'a'\nwhile True: x = x + x",
        "x = [1]\nwhile True: x = x + x",
        "x = 2\nwhile True: x = x * x",
        "def f(): return f()\nf()",
        "x = 'a' * 1000000000000",
        "x = list(range(10000000000))",
        "x = [1]\nfor i in range(50): x = [x, x]\ny = [1]\nfor i in range(50): y = [y, y]\nprint(x == y)",
        "print('%100000000d' % 1)",
        "x = []\nx.append(x)\nprint(x)",
        "import re\nre.compile('(a{1000}){1000}')",
        "x = 1 << 100000",
        "print(1 // 0)",
        "while True: print('x' * 1000)",
    ] {
        assert!(printed(script).starts_with("line "), "{script}");
    }
    // Deeply nested values are dropped without a deep stack.
    assert_eq!(
        printed("x = []\nfor i in range(200000): x = [x]\nprint('ok')"),
        "ok\n"
    );
}
