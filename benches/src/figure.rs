use cpu_time::ThreadTime;

/// Prints something that is measured once, beside its bar if it has one.
pub fn figure(what: &str, value: f64, unit: &str, at_most: Option<f64>) {
    print!("  {what:<44} {value:>12.2} {unit}");
    match at_most {
        Some(bar) => println!("  bar: <= {bar}: {}", if value <= bar { "met" } else { "MISSED" }),
        None => println!(),
    }
}

/// What `run` returns, and how many seconds of the thread's CPU time it took.
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let started = ThreadTime::now();
    let made = run();
    (made, started.elapsed().as_secs_f64())
}
