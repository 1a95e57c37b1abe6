package dev.sluice.control;

import dev.sluice.director.service.Tally;

/// A tally as operators see it: counted from the last zeroing on, and with rates. Guarded by the
/// table's lock.
final class Statistics {

    private final Tally tally;
    private final RateEstimator rates;
    private Figures base = Figures.ZERO;

    Statistics(Tally tally) {
        this.tally = tally;
        rates = new RateEstimator(Figures.of(tally));
    }

    Tally tally() {
        return tally;
    }

    Figures totals() {
        return Figures.of(tally).minus(base);
    }

    Figures perSecond() {
        return rates.perSecond();
    }

    /// The tally itself goes on; workers own it.
    void zero() {
        base = Figures.of(tally);
        rates.clear();
    }

    void tick() {
        rates.tick(Figures.of(tally));
    }
}
