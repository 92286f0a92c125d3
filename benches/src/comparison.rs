use cpu_time::ThreadTime;
use std::time::Duration;

/// How long a case runs in one turn before the next one has its.
const TURN: Duration = Duration::from_millis(5);
const TURNS: usize = 41;

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

struct Bar {
    case: &'static str,
    at_most: f64,
    of: &'static str,
}

/// What was measured of a case.
struct Measured {
    name: &'static str,
    nanoseconds: f64,
    allocations: f64,
}

impl<'a> Comparison<'a> {
    /// A comparison of the cost of one `unit` of work.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Self { name: name.into(), unit, cases: Vec::new(), bars: Vec::new() }
    }

    /// Adds a case: `run` does `units` units of work.
    #[must_use]
    pub fn case(mut self, name: &'static str, units: usize, run: impl FnMut() + 'a) -> Self {
        self.cases.push(Case { name, units, run: Box::new(run) });
        self
    }

    /// Asks that `case` costs at most `at_most` times what the case `of` costs, if that case is there.
    #[must_use]
    pub fn bar(mut self, case: &'static str, at_most: f64, of: &'static str) -> Self {
        self.bars.push(Bar { case, at_most, of });
        self
    }

    /// Measures and prints, each case beside the first.
    pub fn run(mut self) {
        let measured = self.measure();
        println!("\n{} ({} turns, thread CPU time)", self.name, TURNS);
        let first = measured.first().map_or(f64::NAN, |first| first.nanoseconds);
        for Measured { name, nanoseconds, allocations } in &measured {
            let ratio = nanoseconds / first;
            println!(
                "  {name:<44} {nanoseconds:>12.1} ns/{}  {ratio:>7.3} x  {allocations:>8.2} allocations/{}",
                self.unit, self.unit
            );
        }
        let cost =
            |name: &str| measured.iter().find(|measured| measured.name == name).map(|measured| measured.nanoseconds);
        for Bar { case, at_most, of } in &self.bars {
            match (cost(case), cost(of)) {
                (Some(ours), Some(theirs)) => {
                    let ratio = ours / theirs;
                    let verdict = if ratio <= *at_most { "met" } else { "MISSED" };
                    println!("  bar: {case} <= {at_most} x {of}: {ratio:.3}, {verdict}");
                }
                _ => {
                    println!("  bar: {case} <= {at_most} x {of}: not measured, that peer is behind the feature `peers`")
                }
            }
        }
    }

    fn measure(&mut self) -> Vec<Measured> {
        let repetitions: Vec<u32> = self.cases.iter_mut().map(Case::repetitions).collect();
        let mut turns = vec![Vec::with_capacity(TURNS); self.cases.len()];
        for _ in 0..TURNS {
            for ((case, repetitions), turns) in self.cases.iter_mut().zip(&repetitions).zip(&mut turns) {
                turns.push(case.nanoseconds(*repetitions));
            }
        }
        self.cases
            .iter_mut()
            .zip(turns)
            .map(|(case, mut turns)| {
                turns.sort_by(f64::total_cmp);
                let count = allocation_counter::measure(&mut case.run).count_total;
                #[expect(clippy::cast_precision_loss, reason = "small counts")]
                let allocations = count as f64 / case.units as f64;
                Measured { name: case.name, nanoseconds: turns[TURNS / 2], allocations }
            })
            .collect()
    }
}

impl Case<'_> {
    /// How often it runs in a turn.
    fn repetitions(&mut self) -> u32 {
        (self.run)();
        let mut repetitions = 1;
        loop {
            let started = ThreadTime::now();
            for _ in 0..repetitions {
                (self.run)();
            }
            if started.elapsed() >= TURN / 2 {
                return repetitions;
            }
            repetitions *= 2;
        }
    }

    /// The cost of a unit in one turn.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn nanoseconds(&mut self, repetitions: u32) -> f64 {
        let started = ThreadTime::now();
        for _ in 0..repetitions {
            (self.run)();
        }
        started.elapsed().as_nanos() as f64 / f64::from(repetitions) / self.units as f64
    }
}
