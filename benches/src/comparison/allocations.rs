use super::{Bar, Comparison};

impl Comparison<'_> {
    /// Counts the allocations and prints them. No time: counting takes its part of it.
    pub fn run(mut self) {
        println!("\n{} (allocations, counted)", self.name);
        // What a case sets up in its first call is no part of its work.
        let counts: Vec<u64> = self
            .cases
            .iter_mut()
            .map(|case| {
                (case.run)();
                allocation_counter::measure(&mut case.run).count_total
            })
            .collect();
        for (case, &count) in self.cases.iter().zip(&counts) {
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            let each = count as f64 / case.units as f64;
            println!("  {:<44} {each:>12.2} /{}", case.name, self.unit);
        }
        for bar in &self.bars {
            match bar {
                Bar::Cost { case, at_most, of } => {
                    println!(
                        "  bar: {case} <= {at_most} x {}: measured without the feature `allocations`",
                        of.join(", ")
                    );
                }
                Bar::NoAllocations { case } => {
                    let count = self.find(case).map_or(0, |place| counts[place]);
                    println!("  bar: {case}: no allocations: {count}, {}", if count == 0 { "met" } else { "MISSED" });
                }
            }
        }
    }
}
