package dev.sluice.vrrp;

import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One virtual router of this host: the machine of RFC 9568 §6.4 (and RFC 3768 §6.4), with
/// keepalived's trackers, delays and groups around it. [State] draws it.
///
/// Events and the time go in by [#handle], actions come out in the order in which they are to be
/// done. [#deadline] says when it wants to be asked again. It is late when a process was paused or
/// starved: whoever runs it hands over all waiting packets first and lets time pass then, or a
/// backup router takes over from one that never was silent.
public final class VirtualRouter {

    private static final String SOURCE = "source address";
    private static final long NANOS_PER_CENTI = 10_000_000;

    private RouterSettings settings;
    private final Trackers trackers;
    private final Statistics.Counting counting = new Statistics.Counting();
    private State state = new State.Initial(Deadline.NEVER, false);
    private @Nullable Address source;

    /// Set when another owner was heard: two cannot be.
    private boolean isOwnershipLost;

    private boolean isInGroup;
    private long sequence;
    private ChecksumForm checksum;
    private int priority;

    public VirtualRouter(RouterSettings settings) {
        this.settings = settings;
        trackers = new Trackers(settings.trackers());
        trackers.add(Tracker.required(SOURCE));
        trackers.report(SOURCE, 0);
        checksum = settings.checksum();
        priority = effectivePriority();
    }

    public RouterSettings settings() {
        return settings;
    }

    public State state() {
        return state;
    }

    /// The effective one, with what trackers add and take away.
    public int priority() {
        return priority;
    }

    public Optional<Address> source() {
        return Optional.ofNullable(source);
    }

    public Statistics statistics() {
        return counting.now();
    }

    public Deadline deadline() {
        return state.deadline();
    }

    /// How long after the active router's last advertisement this one would take over.
    public long takeOverNanos() {
        return activeDownNanos(
                state instanceof State.Backup backup
                        ? backup.intervalCentis()
                        : settings.intervalCentis());
    }

    /// Whose addresses need not be compared again: the active router as it was heard last.
    public @Nullable Address trusted() {
        return state instanceof State.Backup backup && backup.active() != null
                ? backup.active().source()
                : null;
    }

    /// Names of the trackers because of which it cannot be active, without those of its group.
    List<String> ownFaults() {
        return trackers.faults().stream().filter(name -> !SyncGroup.isTracker(name)).toList();
    }

    /// What is known of a tracker; good where nothing is.
    int trackedValue(String tracker) {
        return trackers.value(tracker).orElse(1);
    }

    void joinGroup(Tracker tracker) {
        isInGroup = true;
        trackers.add(tracker);
    }

    /// Counts a packet that did not pass the checks, which changes nothing.
    public void reject(Rejection rejection) {
        counting.rejected(rejection);
    }

    /// Takes an event in.
    ///
    /// @return what is to be done, in this order
    public List<Action> handle(Event event, long nowNanos) {
        if (event instanceof Event.Heard heard) {
            counting.received(heard.packet().advertisement());
            learnChecksum(heard.packet().checksum());
        }
        List<Action> actions = new ArrayList<>();
        switch (event) {
            case Event.SourceChanged(Address address) -> {
                source = address;
                trackers.report(SOURCE, address == null ? 0 : 1);
            }
            case Event.Tracked(String name, int value) -> trackers.report(name, value);
            case Event.Started _,
                    Event.TimePassed _,
                    Event.Heard _,
                    Event.AddressLost _,
                    Event.GroupReady _,
                    Event.GroupYielded _,
                    Event.GroupContested _,
                    Event.AnnouncementsWanted _,
                    Event.StopRequested _ -> {}
        }
        updatePriority(actions);
        Step step =
                switch (state) {
                    case State.Initial initial -> inInitial(initial, event, nowNanos);
                    case State.Backup backup -> inBackup(backup, event, nowNanos);
                    case State.Active active -> inActive(active, event, nowNanos);
                    case State.Fault fault -> inFault(fault, event, nowNanos);
                    case State.Stopped stopped -> new Step(stopped);
                };
        enter(step.next());
        actions.addAll(step.actions());
        return actions;
    }

    // What follows is one method for each state. They change nothing but through [Step].

    private Step inInitial(State.Initial initial, Event event, long now) {
        return switch (event) {
            case Event.Started _ ->
                    begin(
                            new State.Initial(
                                    Deadline.at(now + settings.startupDelayNanos()), false),
                            now);
            case Event.TimePassed _, Event.Tracked _, Event.SourceChanged _ -> begin(initial, now);
            case Event.StopRequested _ -> stopped();
            case Event.Heard _,
                    Event.AddressLost _,
                    Event.GroupReady _,
                    Event.GroupYielded _,
                    Event.GroupContested _,
                    Event.AnnouncementsWanted _ ->
                    new Step(initial);
        };
    }

    private Step begin(State.Initial initial, long now) {
        if (!initial.start().isDue(now)) {
            return new Step(initial);
        }
        if (!trackers.faults().isEmpty()) {
            return fault();
        }
        if (trackers.isAwaiting()) {
            return new Step(new State.Initial(initial.start(), true));
        }
        // RFC 9568 §6.4.1: If the Priority = 255 (i.e., the router owns the IP address(es)
        // associated with the virtual router), then: send an ADVERTISEMENT; broadcast a gratuitous
        // ARP for each; set the Adver_Timer; transition to the {Active} state.
        if (settings.isOwner() && settings.startsActive()) {
            return isInGroup
                    ? new Step(
                            new State.Backup(
                                    Deadline.at(now),
                                    settings.intervalCentis(),
                                    null,
                                    Deadline.NEVER,
                                    true))
                    : becomeActive(now);
        }
        // else: set Active_Adver_Interval to Advertisement_Interval; set the Active_Down_Timer to
        // Active_Down_Interval; transition to the {Backup} state.
        return backup(settings.intervalCentis(), null, now)
                .say("Entering BACKUP STATE (init)")
                .then(new Action.RemoveAddresses())
                .then(entered(State.Name.BACKUP));
    }

    private Step inBackup(State.Backup backup, Event event, long now) {
        return switch (event) {
            // RFC 9568 §6.4.2: If the Active_Down_Timer fires, then: send an ADVERTISEMENT; (…)
            // set the Adver_Timer to Advertisement_Interval; transition to the {Active} state.
            case Event.TimePassed _ when backup.activeDown().isDue(now) && !backup.isReady() ->
                    isInGroup
                            ? new Step(ready(backup)).say("Receive advertisement timeout")
                            : becomeActive(now, "Receive advertisement timeout");
            case Event.GroupReady _ when backup.isReady() -> becomeActive(now);
            case Event.Heard(var packet) -> heardInBackup(backup, packet, now);
            case Event.Tracked _, Event.SourceChanged _ when !trackers.faults().isEmpty() ->
                    fault();
            // If a Shutdown event is received, then: cancel the Active_Down_Timer; transition to
            // the {Initialize} state.
            case Event.StopRequested _ -> stopped();
            case Event.GroupYielded _ when backup.isReady() ->
                    backup(backup.intervalCentis(), backup.active(), now);
            case Event.TimePassed _,
                    Event.Tracked _,
                    Event.SourceChanged _,
                    Event.Started _,
                    Event.AddressLost _,
                    Event.GroupReady _,
                    Event.GroupYielded _,
                    Event.GroupContested _,
                    Event.AnnouncementsWanted _ ->
                    new Step(backup);
        };
    }

    private Step heardInBackup(State.Backup backup, Reception.Judgement.Accepted packet, long now) {
        Advertisement advert = packet.advertisement();
        State.Heard before = backup.active();
        // RFC 4302 §3.4.3: a sequence number that was seen already is somebody's copy.
        if (before != null
                && before.source().equals(packet.source())
                && packet.sequence() > 0
                && packet.sequence() <= before.sequence()) {
            counting.rejected(Rejection.SEQUENCE);
            return new Step(backup)
                    .complain(
                            "IPSEC-AH : sequence number "
                                    + packet.sequence()
                                    + " already processed. Packet dropped. Local("
                                    + before.sequence()
                                    + ")");
        }
        State.Heard heard =
                new State.Heard(
                        packet.source(),
                        advert.priority(),
                        advert.intervalCentis(),
                        packet.sequence());
        // RFC 9568 §6.4.2: If the Priority in the ADVERTISEMENT is 0, then: set the
        // Active_Down_Timer to Skew_Time.
        if (advert.priority() == Advertisement.STOPPING) {
            Deadline skew = Deadline.at(now + skewNanos(backup.intervalCentis()));
            return new Step(
                            new State.Backup(
                                    skew,
                                    backup.intervalCentis(),
                                    heard,
                                    Deadline.NEVER,
                                    backup.isReady()))
                    .say("Backup received priority 0 advertisement");
        }
        boolean isLower = advert.priority() < priority;
        boolean preempts = settings.preempts() || priority == Advertisement.OWNER;
        Deadline preempt = isLower ? backup.preempt() : Deadline.NEVER;
        boolean startsDelay =
                isLower && preempts && settings.preemptDelayNanos() > 0 && !preempt.isSet();
        if (startsDelay) {
            preempt = Deadline.at(now + settings.preemptDelayNanos());
        }
        boolean isSpared = preempt.isSet() && !preempt.isDue(now);
        // If Preempt_Mode is False, or if the Priority in the ADVERTISEMENT is greater than or
        // equal to the local Priority, then: set Active_Adver_Interval to Max Advertise Interval
        // contained in the ADVERTISEMENT; recompute the Skew_Time and the Active_Down_Interval;
        // set the Active_Down_Timer to Active_Down_Interval.
        if (!isLower || !preempts || isSpared) {
            Step step = backup(advert.intervalCentis(), heard, preempt, now);
            if (startsDelay) {
                step.say("start preempt delay (" + settings.preemptDelayNanos() / 1e9 + ")");
            }
            return advert.intervalCentis() == backup.intervalCentis()
                    ? step
                    : step.say(
                            "advertisement interval updated from "
                                    + backup.intervalCentis() * 10
                                    + "ms to "
                                    + advert.intervalCentis() * 10
                                    + "ms by master");
        }
        // else (…): discard the ADVERTISEMENT.
        return new Step(
                        new State.Backup(
                                backup.activeDown(),
                                backup.intervalCentis(),
                                heard,
                                preempt,
                                backup.isReady()))
                .complain(
                        "received lower priority ("
                                + advert.priority()
                                + ") advert from "
                                + packet.source()
                                + " - discarding");
    }

    private Step inActive(State.Active active, Event event, long now) {
        return switch (event) {
            case Event.TimePassed _ -> timePassedInActive(active, now);
            case Event.Heard(var packet) -> heardInActive(active, packet, now);
            case Event.Tracked _, Event.SourceChanged _ when !trackers.faults().isEmpty() ->
                    leave(fault(), true);
            case Event.AddressLost(Address address) ->
                    leave(
                            lostAddress(now)
                                    .say("Netlink reflector reports IP " + address + " removed"),
                            true);
            case Event.GroupYielded _ ->
                    leave(
                            backup(settings.intervalCentis(), null, now)
                                    .say("Entering BACKUP STATE")
                                    .then(entered(State.Name.BACKUP)),
                            true);
            case Event.GroupContested _ -> contested(active, now);
            case Event.AnnouncementsWanted _ ->
                    new Step(active).then(new Action.Announce(settings.announcing().rounds()));
            // RFC 9568 §6.4.3: If a Shutdown event is received, then: cancel the Adver_Timer; send
            // an ADVERTISEMENT with Priority = 0; transition to the {Initialize} state.
            case Event.StopRequested _ -> leave(stopped(), true);
            case Event.Tracked _, Event.SourceChanged _, Event.Started _, Event.GroupReady _ ->
                    new Step(active);
        };
    }

    private Step timePassedInActive(State.Active active, long now) {
        RouterSettings.Announcing announcing = settings.announcing();
        boolean isAdvertDue = active.advert().isDue(now);
        int rounds = active.announcements().dueRounds(announcing, now);
        Step step =
                new Step(
                        new State.Active(
                                isAdvertDue ? nextAdvert(now) : active.advert(),
                                active.announcements().afterDue(announcing, now)));
        // If the Adver_Timer fires, then: send an ADVERTISEMENT; reset the Adver_Timer to
        // Advertisement_Interval.
        if (isAdvertDue) {
            step.then(send(priority));
        }
        return rounds > 0 ? step.then(new Action.Announce(rounds)) : step;
    }

    private Step heardInActive(State.Active active, Reception.Judgement.Accepted packet, long now) {
        Advertisement advert = packet.advertisement();
        // RFC 9568 §6.4.3: If the Priority in the ADVERTISEMENT is 0, then: send an ADVERTISEMENT;
        // reset the Adver_Timer to Advertisement_Interval.
        if (advert.priority() == Advertisement.STOPPING) {
            return new Step(new State.Active(nextAdvert(now), active.announcements()))
                    .say("Master received priority 0 message")
                    .then(send(priority));
        }
        if (packet.source().equals(source)) {
            return new Step(active)
                    .complain(
                            "WARNING - advertisement from "
                                    + packet.source()
                                    + ", which is our own address: another machine has it too");
        }
        boolean twoOwners =
                advert.priority() == Advertisement.OWNER && priority == Advertisement.OWNER;
        // If the Priority in the ADVERTISEMENT is greater than the local Priority, or if they are
        // equal and the primary IPvX address of the sender is greater than the local primary IPvX
        // address (unsigned, in network byte order), then: cancel the Adver_Timer; (…) transition
        // to the {Backup} state.
        boolean isHigher = advert.priority() > priority;
        boolean winsTie = advert.priority() == priority && isGreater(packet.source(), source);
        Step step;
        if (isHigher || winsTie) {
            State.Heard heard =
                    new State.Heard(
                            packet.source(),
                            advert.priority(),
                            advert.intervalCentis(),
                            packet.sequence());
            step =
                    leave(
                            backup(advert.intervalCentis(), heard, now)
                                    .say("Entering BACKUP STATE")
                                    .then(entered(State.Name.BACKUP)),
                            false);
            if (settings.lastWord()) {
                step.first(send(priority));
            }
            step.first(
                    new Action.Say(
                            line(
                                    "Master received advert from "
                                            + packet.source()
                                            + (isHigher
                                                    ? " with higher priority "
                                                            + advert.priority()
                                                            + ", ours "
                                                            + priority
                                                    : " with same priority "
                                                            + priority
                                                            + " but higher IP address than"
                                                            + " ours"))));
        } else {
            // else: discard the ADVERTISEMENT; send an ADVERTISEMENT immediately to assert the
            // Active state to the sending VRRP Router and to update any learning bridges.
            sequence = Math.max(sequence, packet.sequence());
            step = contested(active, now);
            step.then(new Action.LowerHeard(priority));
            step.first(
                    new Action.Say(
                            line(
                                    "Received advert from "
                                            + packet.source()
                                            + " with lower priority "
                                            + advert.priority()
                                            + ", ours "
                                            + priority
                                            + ", forcing new election")));
        }
        if (twoOwners) {
            isOwnershipLost = true;
            step.say(
                    "CONFIGURATION ERROR: "
                            + packet.source()
                            + " advertises priority 255 too; ours is 254 until a restart");
        }
        return step;
    }

    private Step contested(State.Active active, long now) {
        RouterSettings.Announcing announcing = settings.announcing();
        boolean answers = settings.answersLower();
        Step step =
                new Step(
                        new State.Active(
                                answers ? nextAdvert(now) : active.advert(),
                                active.announcements().lowerHeard(announcing, now)));
        if (answers) {
            step.then(send(priority));
        }
        return announcing.lowerRounds() > 0
                ? step.then(new Action.Announce(announcing.lowerRounds()))
                : step;
    }

    private Step inFault(State.Fault fault, Event event, long now) {
        return switch (event) {
            case Event.Tracked _, Event.SourceChanged _ -> {
                List<String> faults = trackers.faults();
                yield faults.isEmpty()
                        ? backup(settings.intervalCentis(), null, now)
                                .say("Entering BACKUP STATE")
                                .then(entered(State.Name.BACKUP))
                        : new Step(new State.Fault(faults));
            }
            case Event.StopRequested _ -> stopped();
            case Event.Started _,
                    Event.TimePassed _,
                    Event.Heard _,
                    Event.AddressLost _,
                    Event.GroupReady _,
                    Event.GroupYielded _,
                    Event.GroupContested _,
                    Event.AnnouncementsWanted _ ->
                    new Step(fault);
        };
    }

    private Step becomeActive(long now) {
        return becomeActive(now, "");
    }

    private Step becomeActive(long now, String why) {
        RouterSettings.Announcing announcing = settings.announcing();
        Step step =
                new Step(new State.Active(nextAdvert(now), Announcements.begun(announcing, now)));
        // Words come last: a log may be slow, and until the addresses are there clients wait.
        step.then(send(priority))
                .then(new Action.InstallAddresses())
                .then(new Action.Announce(announcing.rounds()));
        if (!why.isEmpty()) {
            step.say(why);
        }
        return step.say("Entering MASTER STATE").then(entered(State.Name.MASTER));
    }

    private Step backup(int intervalCentis, State.@Nullable Heard active, long now) {
        return backup(intervalCentis, active, Deadline.NEVER, now);
    }

    private Step backup(
            int intervalCentis, State.@Nullable Heard active, Deadline preempt, long now) {
        return new Step(
                new State.Backup(
                        Deadline.at(now + activeDownNanos(intervalCentis)),
                        intervalCentis,
                        active,
                        preempt,
                        false));
    }

    /// Without one of its addresses it is no use; it has them put back by being elected again.
    private Step lostAddress(long now) {
        int interval = settings.intervalCentis();
        return new Step(
                        new State.Backup(
                                Deadline.at(now + skewNanos(interval)),
                                interval,
                                null,
                                Deadline.NEVER,
                                false))
                .say("Entering BACKUP STATE")
                .then(entered(State.Name.BACKUP));
    }

    private static State.Backup ready(State.Backup backup) {
        return new State.Backup(
                backup.activeDown(),
                backup.intervalCentis(),
                backup.active(),
                backup.preempt(),
                true);
    }

    private Step fault() {
        return new Step(new State.Fault(trackers.faults()))
                .say("Entering FAULT STATE (" + String.join(", ", trackers.faults()) + ")")
                .then(entered(State.Name.FAULT));
    }

    private Step stopped() {
        return new Step(new State.Stopped()).then(entered(State.Name.STOP));
    }

    /// Puts in front what an active router does when it ceases to be one.
    ///
    /// @param tells whether the others hear that it stops; who yields to one need not say so
    private Step leave(Step step, boolean tells) {
        step.first(new Action.RemoveAddresses());
        if (tells && source != null) {
            step.first(new Action.Say(line("sent 0 priority")));
            step.first(send(Advertisement.STOPPING));
        }
        return step;
    }

    private Deadline nextAdvert(long now) {
        return Deadline.at(now + settings.intervalCentis() * NANOS_PER_CENTI);
    }

    /// RFC 9568 §6.1: Active_Down_Interval = (3 * Active_Adver_Interval) + Skew_Time.
    long activeDownNanos(int intervalCentis) {
        return settings.downTimerAdverts() * (intervalCentis * NANOS_PER_CENTI)
                + skewNanos(intervalCentis);
    }

    /// RFC 9568 §6.1: Skew_Time = ((256 - Priority) * Active_Adver_Interval) / 256; of seconds, not
    /// intervals, in RFC 3768 §6.1.
    long skewNanos(int intervalCentis) {
        int centis = settings.version() == Advertisement.VERSION_2 ? 100 : intervalCentis;
        return (256 - priority) * (centis * NANOS_PER_CENTI) / 256;
    }

    private Action.Send send(int advertisedPriority) {
        boolean withHeader = settings.authentication() instanceof Authentication.Header;
        return new Action.Send(
                advertisement(advertisedPriority), checksum, withHeader ? ++sequence : 0);
    }

    private Advertisement advertisement(int advertisedPriority) {
        Advertisement advertisement =
                new Advertisement(
                        settings.version(),
                        settings.routerId(),
                        advertisedPriority,
                        settings.intervalCentis(),
                        settings.authentication().type(),
                        settings.authentication().data(),
                        settings.addresses());
        counting.sent(advertisement);
        return advertisement;
    }

    private Action.Entered entered(State.Name name) {
        return new Action.Entered(name, priority);
    }

    private void enter(State next) {
        boolean wasActive = state instanceof State.Active;
        boolean isActive = next instanceof State.Active;
        if (isActive && !wasActive) {
            counting.becameActive();
        }
        if (wasActive && !isActive) {
            counting.releasedActive();
        }
        state = next;
    }

    private int effectivePriority() {
        int base = isOwnershipLost ? Advertisement.OWNER - 1 : settings.priority();
        return trackers.priority(base);
    }

    private void updatePriority(List<Action> actions) {
        int now = effectivePriority();
        if (now != priority) {
            actions.add(
                    new Action.Say(
                            line("Changing effective priority from " + priority + " to " + now)));
            actions.add(new Action.PriorityChanged(state.name(), priority, now));
            priority = now;
        }
    }

    private void learnChecksum(ChecksumForm heard) {
        if (heard == ChecksumForm.OLD_UNICAST
                && settings.isUnicast()
                && settings.guessesChecksum()) {
            checksum = heard;
        }
    }

    private static boolean isGreater(Address address, @Nullable Address other) {
        if (other == null) {
            return true;
        }
        int high = Long.compareUnsigned(address.high(), other.high());
        return (high != 0 ? high : Long.compareUnsigned(address.low(), other.low())) > 0;
    }

    private String line(String text) {
        return "(" + settings.name() + ") " + text;
    }

    /// Where to, and what is to be done on the way.
    private final class Step {

        private final State next;
        private final List<Action> actions = new ArrayList<>();

        Step(State next) {
            this.next = next;
        }

        State next() {
            return next;
        }

        List<Action> actions() {
            return actions;
        }

        Step then(Action action) {
            actions.add(action);
            return this;
        }

        Step first(Action action) {
            actions.addFirst(action);
            return this;
        }

        Step say(String text) {
            return then(new Action.Say(line(text)));
        }

        Step complain(String text) {
            return then(new Action.Complain(line(text)));
        }
    }
}
