/// The Virtual Router Redundancy Protocol, pure: versions 2 (RFC 3768, with the authentication of
/// RFC 2338) and 3 (RFC 9568), as keepalived speaks them. Events and the time in, actions out.
///
/// Start at [VirtualRouter], the machine of one virtual router, and [VirtualRouters], those of one
/// host with their synchronisation groups. [Advertisement] is the message, [AdvertisementPacket]
/// the IP packet around it, [Reception] the checks in front of the machine.
///
/// Knows no clock, thread, socket, interface or script: whoever runs it does what [Action]s say.
@NullMarked
package dev.sluice.vrrp;

import org.jspecify.annotations.NullMarked;
