use super::{Bar, Case, Comparison};
use cpu_time::ThreadTime;
use std::time::Duration;

/// How long a case runs in one turn before the next one has its.
const TURN: Duration = Duration::from_millis(5);
const TURNS: usize = 41;

impl Comparison<'_> {
    /// Measures and prints, each case beside the first.
    pub fn run(mut self) {
        let turns = self.measure();
        println!("\n{} ({TURNS} turns, thread CPU time)", self.name);
        for (case, mine) in self.cases.iter().zip(&turns) {
            let (cost, ratio) = (median(mine.clone()), ratio(mine, &turns[0]));
            println!("  {:<44} {cost:>12.1} ns/{}  {ratio:>7.3} x", case.name, self.unit);
        }
        for bar in &self.bars {
            match bar {
                Bar::Cost { case, at_most, of } => self.print_cost_bar(&turns, case, *at_most, of),
                Bar::NoAllocations { case } => {
                    println!("  bar: {case}: no allocations: counted with the feature `allocations`");
                }
            }
        }
    }

    fn print_cost_bar(&self, turns: &[Vec<f64>], case: &str, at_most: f64, of: &[&str]) {
        let there = of.iter().filter_map(|name| self.find(name));
        let fastest = there.min_by(|&a, &b| median(turns[a].clone()).total_cmp(&median(turns[b].clone())));
        match (self.find(case), fastest) {
            (Some(ours), Some(theirs)) => {
                let ratio = ratio(&turns[ours], &turns[theirs]);
                let verdict = if ratio <= at_most { "met" } else { "MISSED" };
                println!("  bar: {case} <= {at_most} x {}: {ratio:.3}, {verdict}", self.cases[theirs].name);
            }
            _ => println!(
                "  bar: {case} <= {at_most} x {}: not measured (behind a feature or an argument)",
                of.join(", ")
            ),
        }
    }

    /// The costs of a unit in each turn, by case.
    fn measure(&mut self) -> Vec<Vec<f64>> {
        let repetitions: Vec<u32> = self.cases.iter_mut().map(Case::repetitions).collect();
        let mut turns = vec![Vec::with_capacity(TURNS); self.cases.len()];
        for _ in 0..TURNS {
            for ((case, repetitions), turns) in self.cases.iter_mut().zip(&repetitions).zip(&mut turns) {
                turns.push(case.nanoseconds(*repetitions));
            }
        }
        turns
    }
}

/// The median of the ratios of each turn, in which the machine was the same for both.
fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
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
