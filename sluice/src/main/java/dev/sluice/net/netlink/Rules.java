package dev.sluice.net.netlink;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.util.List;
import java.util.Objects;

/// Policy rules, as `ip rule` shows them.
public final class Rules {

    static final int NEW = 32;
    static final int DELETE = 33;
    private static final int GET = 34;

    private static final int ACTION_TO_TABLE = 1;

    private final NetlinkSocket socket;

    Rules(NetlinkSocket socket) {
        this.socket = socket;
    }

    public List<Rule> list(Family family) {
        Message request = Message.of("RTM_GETRULE", GET, 0, "all").u8(Families.number(family));
        return socket.dump(request.u8(0).u16(0).i32(0).i32(0)).stream()
                .map(reply -> Rule.parse(reply.payload()))
                .filter(Objects::nonNull)
                .toList();
    }

    public void add(Rule rule) {
        socket.change(write("RTM_NEWRULE", NEW, Message.CREATE | Message.EXCLUSIVE, rule));
    }

    public void delete(Rule rule) {
        socket.change(write("RTM_DELRULE", DELETE, 0, rule));
    }

    /// With `struct fib_rule_hdr`: family, destination bits, source bits, TOS, table, two reserved,
    /// action, 8 bits each, flags 32.
    private static Message write(String call, int type, int flags, Rule rule) {
        Message message =
                Message.of(call, type, flags, rule.toString())
                        .u8(Families.number(rule.family()))
                        .u8(rule.destination().bits())
                        .u8(rule.sourceBits())
                        .u8(0)
                        .u8(0)
                        .u8(0)
                        .u8(0)
                        .u8(ACTION_TO_TABLE)
                        .i32(0)
                        .attributeI32(Rule.TABLE, rule.table())
                        .attributeI32(Rule.PRIORITY, rule.priority());
        if (rule.markMask() != 0) {
            message.attributeI32(Rule.MARK, rule.mark());
            message.attributeI32(Rule.MARK_MASK, rule.markMask());
        }
        if (!rule.inInterface().isEmpty()) {
            message.attribute(Rule.IN_INTERFACE, rule.inInterface());
        }
        Address source = rule.source();
        if (source != null) {
            message.attribute(Rule.SOURCE, source);
        }
        if (rule.destination().bits() > 0) {
            message.attribute(Rule.DESTINATION, rule.destination().first());
        }
        return message;
    }
}
