package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Lines, good ones and bad ones, and where in a file they stand. One that begins with `≠` gets
/// another verdict from us than from keepalived; the reason stands above it.
final class PeerCases {

    /// @param context the place in [#FILE] where the line is put
    record Case(String context, String line, boolean isMeantToDiffer) {

        String file() {
            return PeerCases.file(Map.of(context, List.of(line)));
        }
    }

    private PeerCases() {}

    /// Without anything in its places it is fine.
    private static final String FILE =
            """
            top:
            global_defs {
                enable_script_security
                script_user root
                globals:
            }
            vrrp_script known {
                script /usr/bin/true
                script:
            }
            track_file number {
                file /run/number
                file:
            }
            vrrp_track_process process {
                process keepalived
                process:
            }
            vrrp_instance first {
                interface eth0
                virtual_router_id 51
                virtual_ipaddress {
                    192.0.2.100/24
                    address:
                }
                virtual_routes {
                    198.18.0.0/24 dev eth0
                    route:
                }
                track_script {
                    known
                    tracked:
                }
                track_file {
                    number weight 0
                }
                track_process {
                    process weight 0
                }
                instance:
            }
            vrrp_instance second {
                interface eth1
                virtual_router_id 51
                version 3
                virtual_ipaddress {
                    2001:db8::100/64
                }
                ipv6:
            }
            vrrp_sync_group both {
                group {
                    first
                    second
                }
                group:
            }
            virtual_server_group several {
                192.0.2.110 80
                entry:
            }
            virtual_server group several {
                lb_algo rr
                lb_kind NAT
                protocol TCP
                real_server 192.0.2.2 80 {
                }
            }
            virtual_server 192.0.2.120 80 {
                lb_algo rr
                lb_kind NAT
                protocol TCP
                service:
                real_server 192.0.2.2 80 {
                    server:
                }
                real_server 192.0.2.3 80 {
                    TCP_CHECK {
                        tcp:
                    }
                    HTTP_GET {
                        url {
                            path /
                            url:
                        }
                        http:
                    }
                    MISC_CHECK {
                        misc_path /usr/bin/true
                        misc:
                    }
                    UDP_CHECK {
                        udp:
                    }
                    DNS_CHECK {
                        dns:
                    }
                    SMTP_CHECK {
                        smtp:
                    }
                }
            }
            """;

    private static final String LINES =
            """
            top:
                # keepalived finds a file that is not there to be fine, if it is an include
                include /nonexistent
                includew /nonexistent*
                unknown
                unknown { inside }
                }
                static_ipaddress { 192.0.2.200/24 dev eth0 }
                static_ipaddress { 192.0.2.200/24 dev eth9 }
                static_routes { 198.18.1.0/24 dev eth0 }
                virtual_server 192.0.2.300 80 { }
                virtual_server 192.0.2.121 80 { }
                virtual_server_group empty { }
                vrrp_sync_group { }
                vrrp_sync_group lonely { group { first } }
                vrrp_sync_group unknown { group { nobody } }
                garp_group { garp_interval 0.1 }
                SSL { password x }
                use_pid_dir
                $X=1
                ~SEQ(X, 3) include /nonexistent$X
                ~SEQ(X
                @one unknown
                @two unknown
                @^one unknown
                # keepalived looks at groups when it is too late
                ≠ virtual_server group nobody { lb_algo rr }
            globals:
                router_id x
                router_id
                notification_email { a@x b@y }
                notification_email_from x@y
                smtp_server 192.0.2.5
                smtp_server 192.0.2.5 25
                smtp_server 192.0.2.5 99999
                smtp_connect_timeout 30
                smtp_connect_timeout -1
                smtp_connect_timeout x
                smtp_helo_name x
                smtp_alert
                smtp_alert on
                smtp_alert maybe
                smtp_alert_vrrp no
                smtp_alert_checker yes
                no_email_faults
                no_checker_emails
                vrrp_version 2
                vrrp_version 4
                vrrp_mcast_group4 224.0.0.18
                vrrp_mcast_group4 192.0.2.1
                vrrp_mcast_group6 ff02::12
                vrrp_mcast_group6 x
                vrrp_skip_check_adv_addr
                vrrp_check_unicast_src
                vrrp_garp_master_delay 5
                vrrp_garp_master_delay x
                vrrp_garp_master_repeat 3
                vrrp_garp_master_refresh 60
                vrrp_garp_master_refresh_repeat 2
                vrrp_garp_lower_prio_delay 3
                vrrp_garp_lower_prio_repeat 0
                vrrp_garp_interval 0.001
                vrrp_garp_interval 0
                vrrp_gna_interval 0.000001
                vrrp_min_garp
                vrrp_garp_extra_if 10
                vrrp_garp_extra_if all 10
                vrrp_garp_extra_if 0
                vrrp_down_timer_adverts 3
                vrrp_down_timer_adverts 0
                vrrp_lower_prio_no_advert
                vrrp_higher_prio_send_advert
                vrrp_startup_delay 0.5
                vrrp_notify_priority_changes on
                log_unknown_vrids
                dynamic_interfaces
                dynamic_interfaces allow_if_changes
                lvs_sync_daemon eth0 first
                lvs_sync_daemon eth0 inst first id 12 port 8848 ttl 3 maxlen 1400 group 224.0.0.81
                lvs_sync_daemon eth0 id 300
                lvs_timeouts tcp 1800 tcpfin 60 udp 120
                lvs_timeouts tcpx 5
                lvs_timeouts tcp 99999999
                lvs_flush
                lvs_flush_on_stop
                lvs_flush_on_stop VS
                lvs_flush_on_stop X
                checker_log_all_failures on
                rs_init_notifies
                script_user root root
                script_user nobodyatall
                startup_script /usr/bin/true
                notify_fifo /run/x.fifo
                vrrp_notify_fifo /run/x.fifo root
                umask 022
                process_names
                vrrp_priority -5
                vrrp_priority -50
                vrrp_no_swap
                reload_check_config
                snmp_socket unix:/run/x
                enable_traps
                max_auto_priority 5
                unknown
            script:
                interval 5
                interval 0
                timeout 3
                timeout 0
                weight -30
                weight 300
                weight 5 reverse
                rise 2
                fall 0
                fall 3
                user root
                user nobodyatall
                init_fail
                unknown
            file:
                weight 5
                weight 300
                init_file 5
                init_file
                init_file 5 overwrite
                unknown
            process:
                weight 5
                quorum 2
                quorum 0
                quorum_max 3
                delay 0.5
                full_command
                param_match initial
                param_match nonsense
                unknown
            address:
                192.0.2.101/24
                192.0.2.101
                192.0.2.101/33
                192.0.2.101/24 dev eth0
                192.0.2.101/24 dev eth1 label eth1:x
                192.0.2.101/24 dev eth9
                192.0.2.101/24 brd +
                192.0.2.101/24 brd 192.0.2.255
                192.0.2.101/24 scope link
                192.0.2.101/24 scope x
                192.0.2.101/24 label eth0:abcdefghijklmnop
                192.0.2.101/24 unknown
                192.0.2.101/24 no_track
                192.0.2.101/24 home
                2001:db8::101/64
                192.0.2.999
                nonsense
                192.0.2.102/24 192.0.2.103/24
            route:
                198.18.2.0/24 via 192.0.2.254 dev eth0
                198.18.2.0/24 via 192.0.2.254
                198.18.2.0/24 dev eth9
                198.18.2.0/24 via 192.0.2.254 dev eth0 table 100 metric 5
                198.18.2.0/24 via 192.0.2.254 dev eth0 src 192.0.2.1 scope global
                default via 192.0.2.254 dev eth0
                198.18.2.0/24 unknown 5 dev eth0
                198.18.2.0/24 via nonsense dev eth0
                blackhole 198.18.3.0/24 no_track
                nonsense
            tracked:
                nobody
                known weight 20
            instance:
                state MASTER
                state BACKUP
                state SLAVE
                priority 150
                priority 300
                priority 0
                priority x
                advert_int 2
                advert_int 0.5
                advert_int 300
                advert_int x
                version 2
                version 3
                version 5
                authentication { auth_type PASS }
                nopreempt
                preempt
                preempt_delay 5
                preempt_delay 2000
                track_interface { eth1 weight -20 }
                track_interface { eth1 weight -300 }
                track_interface { eth9 }
                track_interface { eth0 }
                dont_track_primary
                notify_master /usr/bin/true
                notify_master "/usr/bin/true x" root
                notify_master "/usr/bin/true x" root root
                notify_master
                notify /usr/bin/true
                notify_stop '/usr/bin/true "a b"'
                notify_stop "/usr/bin/true 'a b"
                notify_master_rx_lower_pri /usr/bin/true
                notify_priority_changes on
                smtp_alert
                smtp_alert on
                smtp_alert maybe
                unicast_src_ip 192.0.2.1
                unicast_src_ip nonsense
                unicast_peer { 192.0.2.9 }
                unicast_peer { nonsense }
                unicast_peer { 192.0.2.9 min_ttl 250 }
                unicast_ttl 64
                unicast_ttl 300
                mcast_src_ip 192.0.2.1
                accept
                no_accept
                skip_check_adv_addr on
                use_vmac
                use_vmac vrrp.51
                vmac_xmit_base
                promote_secondaries
                garp_master_delay 1
                garp_master_delay x
                garp_master_repeat 2
                garp_master_refresh 10
                garp_lower_prio_repeat 1
                garp_extra_if 10
                down_timer_adverts 4
                down_timer_adverts 0
                lower_prio_no_advert
                higher_prio_send_advert
                debug 3
                debug 7
                virtual_ipaddress_excluded { 2001:db8::77/64 }
                virtual_rules { from 192.0.2.0/24 table 5 preference 100 }
                virtual_rules { from 192.0.2.0/24 table 5 }
                unknown
                unknown 5
            ipv6:
                version 2
                advert_int 0.5
                advert_int 50
                unicast_src_ip 2001:db8::1
                unicast_peer { 2001:db8::9 }
                native_ipv6
                authentication { auth_type PASS }
            group:
                notify_master /usr/bin/true
                notify /usr/bin/true root
                notify_fault
                smtp_alert
                smtp_alert maybe
                track_interface { eth9 }
                track_script { known }
                track_script { nobody }
                track_script { known weight 5 }
                sync_group_tracking_weight
                notify_deleted
                unknown
            entry:
                192.0.2.111 80
                192.0.2.111-115 80
                192.0.2.112/29 80
                192.0.2.113/29 80
                192.0.2.115-111 80
                fwmark 5
                nonsense 80
                192.0.2.111 99999
                # keepalived finds out when it asks the kernel
                ≠ 2001:db8::1 80
            service:
                lb_algo wlc
                lb_algo nonsense
                lb_kind DR
                lb_kind TUN
                lb_kind BRIDGE
                lb_kind TUN type gue port 5555
                lb_kind TUN type gue
                lb_kind TUN type gre csum
                protocol UDP
                protocol tcp
                protocol ICMP
                persistence_timeout 300
                persistence_timeout
                persistence_timeout 0
                persistence_timeout 3000000
                persistence_granularity 255.255.255.0
                # a prefix length of an IPv4 service: not what it says, and IPVS refuses it
                ≠ persistence_granularity 64
                persistence_granularity x
                persistence_engine sip
                ops
                sh-port
                mh-fallback
                flag-1
                hashed
                delay_loop 5
                delay_loop 0.5
                delay_loop 0
                delay_loop x
                connect_timeout 3
                connect_timeout 0
                retry 3
                retry 0
                delay_before_retry 0
                warmup 0
                warmup x
                weight 5
                weight 0
                inhibit_on_failure
                virtualhost www.example.org
                alpha
                omega
                quorum 2
                quorum 5
                quorum 0
                hysteresis 1
                quorum_up /usr/bin/true
                quorum_down "/usr/bin/true x" root
                quorum_up
                sorry_server 192.0.2.9 80
                sorry_server 192.0.2.9
                sorry_server nonsense 80
                sorry_server 192.0.2.9 99999
                sorry_server_inhibit
                ha_suspend
                smtp_alert on
                smtp_alert maybe
                snmp_name x
                # old, in many tutorials, and without any effect then
                ≠ nat_mask 255.255.255.0
                ip_family inet
                real_server 192.0.2.2 80 { }
                real_server 192.0.2.4 8080 { weight 1 }
                real_server 2001:db8::5 80 { }
                real_server nonsense 80 { }
                real_server 192.0.2.4 80 { weight 1 TCP_CHECK { } }
                real_server 192.0.2.4 80 { TCP_CHECK { } }
                unknown
                unknown { }
            server:
                weight 0
                weight 5
                weight -1
                weight x
                lvs_method NAT
                lvs_method DR
                lvs_method X
                uthreshold 100
                uthreshold -1
                lthreshold 50
                inhibit_on_failure
                inhibit_on_failure no
                inhibit_on_failure perhaps
                notify_up /usr/bin/true
                notify_down "/usr/bin/true down"
                notify_down
                smtp_alert no
                delay_loop 3
                connect_timeout 2
                retry 2
                delay_before_retry 2
                warmup 3
                alpha
                virtualhost x
                HTTP_GET { url { path / } }
                SSL_GET { url { path / status_code 200 } }
                MISC_CHECK { }
                FILE_CHECK { track_file number }
                FILE_CHECK { track_file nobody }
                FILE_CHECK { }
                BFD_CHECK { name nobody }
                PING_CHECK { }
                TCP_CHECK
                unknown
            tcp:
                connect_ip 192.0.2.9
                connect_ip nonsense
                connect_port 8080
                connect_port 0
                connect_port 99999
                connect_timeout 3
                connect_timeout 0
                bindto 192.0.2.1
                bindto nonsense
                bind_port 5555
                bind_if eth0
                fwmark 5
                fwmark x
                retry 0
                retry 3
                retry -1
                delay_before_retry 0
                delay_loop 3
                delay_loop 0
                warmup 0
                alpha
                alpha off
                log_all_failures on
                ≠ nb_get_retry 3
                misc_path /usr/bin/true
                unknown
            url:
                status_code 200
                status_code 200-204 301 302
                status_code 99
                status_code 204-200
                status_code x
                digest 5eb63bbbe01eeed093cb22bb8f5acdc3
                digest 123
                virtualhost x
                regex "^ok"
                unknown
            http:
                http_protocol 1.1
                http_protocol 1.0C
                http_protocol 3
                virtualhost x
                enable_sni
                fast_recovery
                # in most tutorials, and means what it says
                ≠ nb_get_retry 3
                retry 2
                connect_port 8080
                unknown
            misc:
                misc_timeout 5
                misc_timeout x
                misc_dynamic
                user root
                user nobodyatall
                retry 2
                warmup 1
                connect_timeout 5
                unknown
            udp:
                payload 0102
                payload "Ab12f 3"
                payload zz
                require_reply
                require_reply 4f4bXX
                min_reply_length 2
                max_reply_length 64
                max_reply_length x
                unknown
            dns:
                type A
                type SOA
                type ZZ
                name example.org
                retry 2
                unknown
            smtp:
                helo_name x
                connect_port 2525
                retry 2
                unknown
            """;

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        String context = "";
        for (String line : LINES.lines().toList()) {
            String text = line.strip();
            if (text.startsWith("#")) {
                continue;
            }
            if (!line.startsWith(" ")) {
                context = text.substring(0, text.length() - 1);
                continue;
            }
            boolean differs = text.startsWith("≠");
            cases.add(new Case(context, differs ? text.substring(1).strip() : text, differs));
        }
        return cases;
    }

    /// @param lines by the name of the place where they go
    static String file(Map<String, List<String>> lines) {
        StringBuilder file = new StringBuilder();
        for (String line : FILE.lines().toList()) {
            String text = line.strip();
            if (text.endsWith(":")) {
                lines.getOrDefault(text.substring(0, text.length() - 1), List.of())
                        .forEach(each -> file.append(each).append('\n'));
            } else {
                file.append(line).append('\n');
            }
        }
        return file.toString();
    }
}
