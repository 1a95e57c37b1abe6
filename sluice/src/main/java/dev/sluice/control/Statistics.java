package dev.sluice.control;

import dev.sluice.director.service.Tally;

/// A tally as operators see it: counted from the last zeroing on, and with rates. Any thread may
/// ask.
final class Statistics {

    private final Tally tally;
    private final RateEstimator rates;
    private Figures base = Figures.ZERO;

    Statistics(Tally tally) {
        this.tally = tally;
        rates = new RateEstimator(Figures.of(tally));
    }

    /// The same tally, counted from now on, for another owner.
    Statistics fromZero() {
        Statistics fresh = new Statistics(tally);
        fresh.zero();
        return fresh;
    }

    Tally tally() {
        return tally;
    }

    synchronized Figures totals() {
        return Figures.of(tally).minus(base);
    }

    synchronized Figures perSecond() {
        return rates.perSecond();
    }

    /// The tally itself goes on; workers own it.
    synchronized void zero() {
        base = Figures.of(tally);
        rates.clear();
    }

    synchronized void tick() {
        rates.tick(Figures.of(tally));
    }
}
