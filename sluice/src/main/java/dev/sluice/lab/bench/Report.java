package dev.sluice.lab.bench;

import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.OptionalDouble;

/// The results as plain text, ready to be pasted into a document.
final class Report {

    private static final int LABEL_COLUMNS = 40;
    private static final int UNIT_COLUMNS = 14;
    private static final int VALUE_COLUMNS = 26;
    private static final String NOTHING = "–";

    private final Results results;
    private final List<Peer> peers;
    private final List<Trial> trials;
    private final StringBuilder text = new StringBuilder();

    private Report(Results results, List<Peer> peers, List<Trial> trials) {
        this.results = results;
        this.peers = peers;
        this.trials = trials;
    }

    /// @param machine a line that says where and when
    static String of(String machine, Results results, List<Peer> peers, List<Trial> trials) {
        Report report = new Report(results, peers, trials);
        report.text.append(machine).append("\n\n");
        report.figures();
        report.cpu();
        for (Peer peer : peers) {
            if (peer instanceof SluiceNat && peers.size() > 1) {
                report.ratios(peer);
            }
            if (peer instanceof SluiceNat sluice) {
                report.targets(sluice);
            }
        }
        report.remarks();
        return report.text.toString();
    }

    private void figures() {
        head("median (least–most) of the rounds", "unit", peers);
        for (Trial trial : trials) {
            for (Figure figure : trial.figures()) {
                label(figure.label(), figure.unit());
                for (Peer peer : peers) {
                    cell(spread(peer, trial, figure));
                }
                end();
            }
        }
        end();
    }

    /// `9.8 (9.1–10.2)`, without the spread when there was one round.
    private String spread(Peer peer, Trial trial, Figure figure) {
        OptionalDouble median = results.median(peer, trial, figure);
        if (median.isEmpty()) {
            return NOTHING;
        }
        DoubleSummaryStatistics all = results.spread(peer, trial, figure);
        String middle = figure.format(median.getAsDouble());
        return all.getCount() == 1
                ? middle
                : middle
                        + " ("
                        + figure.format(all.getMin())
                        + "–"
                        + figure.format(all.getMax())
                        + ")";
    }

    private void cpu() {
        head("CPU time, whole machine", "unit", peers);
        for (Trial trial : trials) {
            label(trial.cpu().label(), trial.cpu().unit());
            for (Peer peer : peers) {
                double busy = results.cpu(peer, trial).busy();
                cell(busy > 0 ? trial.cpu().format(busy) : NOTHING);
            }
            end();
            label("  user/system/interrupts (stolen)", "%");
            for (Peer peer : peers) {
                cell(split(results.cpu(peer, trial)));
            }
            end();
        }
        end();
    }

    private static String split(CpuTime time) {
        double percent = time.busy() / 100;
        return percent <= 0
                ? NOTHING
                : "%.0f/%.0f/%.0f (%.0f)"
                        .formatted(
                                time.user() / percent,
                                time.system() / percent,
                                time.interrupts() / percent,
                                time.steal() / percent);
    }

    private void ratios(Peer subject) {
        List<Peer> others = peers.stream().filter(peer -> !peer.equals(subject)).toList();
        head(subject.title() + " divided by", "better is", others);
        for (Trial trial : trials) {
            for (Figure figure : trial.figures()) {
                label(figure.label(), figure.moreIsBetter() ? "more" : "less");
                for (Peer other : others) {
                    OptionalDouble ratio = results.ratio(subject, other, trial, figure);
                    cell(ratio.isPresent() ? "%.2f ×".formatted(ratio.getAsDouble()) : NOTHING);
                }
                end();
            }
        }
        end();
    }

    private void targets(SluiceNat subject) {
        label(subject.title() + "'s targets", "");
        if (subject.mode().equals("direct")) {
            text.append("none in direct mode; run it as root, for the eBPF gate");
            end();
            end();
            return;
        }
        end();
        for (Goal target : Goal.ALL) {
            for (Trial trial : trials) {
                for (Figure figure : trial.figures()) {
                    for (Peer other : peers) {
                        if (target.concerns(trial, figure) && target.peer().equals(other.name())) {
                            target(target, subject, other, trial, figure);
                        }
                    }
                }
            }
        }
        end();
    }

    private void target(Goal target, Peer subject, Peer other, Trial trial, Figure figure) {
        label(figure.label(), "");
        text.append(String.format("%-26s", target.demand(other)));
        OptionalDouble reached =
                switch (target.kind()) {
                    case RATIO -> results.ratio(subject, other, trial, figure);
                    case ADDED -> results.difference(subject, other, trial, figure);
                    case OWN -> results.median(subject, trial, figure);
                };
        text.append(target.result(reached, results.rounds(subject, trial)));
        end();
    }

    private void remarks() {
        for (String remark : results.remarks()) {
            text.append(remark);
            end();
        }
    }

    private void head(String title, String unit, List<Peer> columns) {
        label(title, unit);
        columns.forEach(peer -> cell(peer.title()));
        end();
    }

    private void label(String label, String unit) {
        text.append(String.format("%-" + LABEL_COLUMNS + "s", label));
        text.append(String.format("%-" + UNIT_COLUMNS + "s", unit));
    }

    private void cell(String value) {
        text.append(String.format("%" + VALUE_COLUMNS + "s", value));
    }

    /// Ends a line, without blanks at its end.
    private void end() {
        while (!text.isEmpty() && text.charAt(text.length() - 1) == ' ') {
            text.setLength(text.length() - 1);
        }
        text.append('\n');
    }
}
