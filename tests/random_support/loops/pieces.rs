//! The pieces that a function is written from.

use super::super::Random;
use super::Meaning;

/// The pieces of one function; the near-misses spoil one of them.
#[derive(Clone, Default)]
pub struct Pieces {
    pub shape: &'static str,
    pub meaning: Option<Meaning>,
    /// Type of the parameter `n`.
    pub n_type: &'static str,
    pub index: &'static str,
    pub index_type: &'static str,
    pub error: &'static str,
    pub address: &'static str,
    /// Declarations but for those of index, error and address.
    pub declarations: Vec<String>,
    /// How the error variable is initialised.
    pub error_starts: Option<&'static str>,
    /// Whether the error variable is declared in the body.
    pub error_inside: bool,
    /// Whether there is a running address.
    pub runs: bool,
    pub address_starts: String,
    pub uses_index: bool,
    /// Checks and assignments in front of the loop.
    pub before: Vec<String>,
    /// `for (…)`, `while (…)` or `do`.
    pub head: String,
    /// The condition behind a `do` body.
    pub tail: Option<String>,
    /// Statements in front of the insert.
    pub first: Vec<String>,
    pub vma: &'static str,
    pub place: String,
    pub page: String,
    /// What is done about an error.
    pub arm: Arm,
    /// Statements behind it.
    pub last: Vec<String>,
    /// Statements behind the loop.
    pub behind: Vec<String>,
}

/// What is done about an error.
#[derive(Clone, Default, PartialEq)]
pub enum Arm {
    /// The test and its branch, line by line, the body's indentation left out.
    #[default]
    None,
    Test(Vec<String>),
    /// The insert in the condition.
    Condition(String, Vec<String>),
    /// Any lines, with `INSERT` for the call.
    Free(Vec<String>),
}

impl Pieces {
    /// The call of the insert.
    fn insert(&self) -> String {
        format!("vm_insert_page({}, {}, {})", self.vma, self.place, self.page)
    }

    fn needs_error(&self) -> bool {
        let text = match &self.arm {
            Arm::None => return false,
            Arm::Test(_) => return true,
            Arm::Condition(test, branch) => format!("{test} {}", branch.join(" ")),
            Arm::Free(lines) => lines.join(" "),
        };
        format!("{text} {}", self.behind.join(" "))
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == self.error)
    }

    /// The function.
    pub fn write(&self, random: &mut Random, branch: bool) -> String {
        let mut lines: Vec<String> = Vec::new();
        lines.push(format!(
            "static int map_it(struct buf *b, struct vm_area_struct *vma, struct page **pages, {} n,\n\t\t  unsigned long off, unsigned long size)",
            self.n_type
        ));
        lines.push("{".into());
        self.declare(random, &mut lines);
        lines.push(String::new());
        for line in &self.before {
            lines.push(format!("\t{line}"));
        }
        let depth = if branch {
            lines.push("\tif (size == 12000)".into());
            lines.push(format!("\t\t{} = -EINVAL;", self.error));
            lines.push("\telse".into());
            "\t\t"
        } else {
            "\t"
        };
        self.write_loop(random, depth, &mut lines);
        if random.chance(50) {
            lines.push(String::new());
        }
        for line in &self.behind {
            match line.strip_prefix("LABEL ") {
                Some(label) => lines.push(label.into()),
                None => lines.push(format!("\t{line}")),
            }
        }
        lines.push("}".into());
        lines.join("\n") + "\n"
    }

    fn declare(&self, random: &mut Random, lines: &mut Vec<String>) {
        for line in &self.declarations {
            lines.push(format!("\t{line}"));
        }
        let late = self.runs && random.chance(30) && !self.head.contains("for (;");
        if self.runs && (late || self.address_starts.contains("size")) {
            lines.push(format!("\tunsigned long {};", self.address));
        } else if self.runs {
            lines.push(format!(
                "\tunsigned long {} = {};",
                self.address, self.address_starts
            ));
        }
        let starts = self
            .error_starts
            .map_or(String::new(), |value| format!(" = {value}"));
        let outer_error = self.needs_error() && !self.error_inside;
        if outer_error && self.uses_index && self.index_type == "int" && random.chance(50) {
            lines.push(format!("\tint {}, {}{starts};", self.index, self.error));
        } else {
            if self.uses_index {
                lines.push(format!("\t{} {};", self.index_type, self.index));
            }
            if outer_error {
                lines.push(format!("\tint {}{starts};", self.error));
            }
        }
        if late {
            lines.push(String::new());
            lines.push(format!("\t{} = {};", self.address, self.address_starts));
        }
    }

    fn write_loop(&self, random: &mut Random, depth: &str, lines: &mut Vec<String>) {
        lines.push(format!("{depth}{} {{", self.head));
        let inner = format!("{depth}\t");
        if random.chance(10) {
            lines.push(format!("{inner}/* one page after the other */"));
        }
        let (declared, others): (Vec<&String>, Vec<&String>) =
            self.first.iter().partition(|line| line.ends_with(";\n"));
        for line in declared {
            lines.push(format!("{inner}{}", line.trim_end()));
        }
        let insert = self.insert();
        if self.error_inside && self.needs_error() {
            let is_test = matches!(self.arm, Arm::Test(_));
            if is_test && others.is_empty() && random.chance(50) {
                lines.push(format!("{inner}int {} = {insert};", self.error));
                lines.push(String::new());
                self.finish(&inner, None, lines);
                lines.push(self.close(depth));
                return;
            }
            lines.push(format!("{inner}int {};", self.error));
            lines.push(String::new());
        }
        for line in others {
            lines.push(format!("{inner}{line}"));
        }
        self.finish(&inner, Some(&insert), lines);
        lines.push(self.close(depth));
    }

    fn finish(&self, inner: &str, insert: Option<&str>, lines: &mut Vec<String>) {
        match &self.arm {
            Arm::None => lines.extend(insert.map(|insert| format!("{inner}{insert};"))),
            Arm::Test(arm) => {
                lines.extend(insert.map(|insert| format!("{inner}{} = {insert};", self.error)));
                lines.extend(arm.iter().map(|line| format!("{inner}{line}")));
            }
            Arm::Condition(test, branch) => {
                lines.push(format!("{inner}{}", test.replace("INSERT", insert.unwrap_or(""))));
                lines.extend(branch.iter().map(|line| format!("{inner}{line}")));
            }
            Arm::Free(arm) => {
                let with = |line: &String| line.replace("INSERT", insert.unwrap_or(""));
                lines.extend(arm.iter().map(|line| format!("{inner}{}", with(line))));
            }
        }
        lines.extend(self.last.iter().map(|line| format!("{inner}{line}")));
    }

    fn close(&self, depth: &str) -> String {
        match &self.tail {
            Some(test) => format!("{depth}}} while ({test});"),
            None => format!("{depth}}}"),
        }
    }
}
