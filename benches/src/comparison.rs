#[cfg(feature = "allocations")]
mod allocations;
#[cfg(not(feature = "allocations"))]
mod times;

/// Cases that do the same work, measured in turns.
pub struct Comparison<'a> {
    name: String,
    unit: &'static str,
    cases: Vec<Case<'a>>,
    bars: Vec<Bar>,
}

struct Case<'a> {
    name: &'static str,
    units: usize,
    run: Box<dyn FnMut() + 'a>,
}

enum Bar {
    Cost { case: &'static str, at_most: f64, of: Vec<&'static str> },
    NoAllocations { case: &'static str },
}

impl<'a> Comparison<'a> {
    /// A comparison of the cost of one `unit` of work.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Self { name: name.into(), unit, cases: Vec::new(), bars: Vec::new() }
    }

    /// Adds a case: `run` does `units` units of work, other ones at each call if it likes.
    #[must_use]
    pub fn case(mut self, name: &'static str, units: usize, run: impl FnMut() + 'a) -> Self {
        self.cases.push(Case { name, units, run: Box::new(run) });
        self
    }

    /// Asks that `case` costs at most `at_most` times what the case `of` costs, if that case is there.
    #[must_use]
    pub fn bar(self, case: &'static str, at_most: f64, of: &'static str) -> Self {
        self.bar_beside_fastest(case, at_most, &[of])
    }

    /// Asks that `case` costs at most `at_most` times what the fastest of the others costs, as far as those are there.
    #[must_use]
    pub fn bar_beside_fastest(mut self, case: &'static str, at_most: f64, of: &[&'static str]) -> Self {
        self.bars.push(Bar::Cost { case, at_most, of: of.to_vec() });
        self
    }

    /// Asks that `case` allocates nothing, which is counted with the feature `allocations`.
    #[must_use]
    pub fn without_allocations(mut self, case: &'static str) -> Self {
        self.bars.push(Bar::NoAllocations { case });
        self
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.cases.iter().position(|case| case.name == name)
    }
}
