package dev.sluice.config.grammar;

/// Every keyword of keepalived 2.2.7, and those of later versions, where it may stand and what
/// follows it: keepalived's manual as a table. [Grammar] says how to read a row.
///
/// A row without a remark goes into the settings. One with `--` is known and accepted, and whoever
/// uses it is told that it has no effect, and why.
final class Keywords {

    private Keywords() {}

    static final String TABLE =
            """
            # An address to be put on an interface, a route, a rule, and what is watched.

            :address \
                PREFIX [dev IF] [label LABEL] [brd|broadcast BROADCAST] [scope SCOPE] [peer PREFIX] \
                [home] [-nodad] [mngtmpaddr] [noprefixroute] [autojoin] [preferred_lft LIFETIME] \
                [no_track] [track_group NAME] [use_vmac]

            :route \
                [unicast] [local] [broadcast] [multicast] [throw] [unreachable] [prohibit] [blackhole] [nat] \
                [to] [inet] [inet6] NETWORK \
                [via|gw inet|inet6? ADDRESS] [or ADDRESS] [dev|oif IF] [src ADDRESS] [from NETWORK] \
                [nexthop] [weight 1..256] [onlink] \
                [table TEXT] [scope SCOPE] [metric|priority|preference NUMBER] [protocol TEXT] [tos|dsfield TEXT] \
                [mtu lock? NUMBER] [hoplimit lock? 0..255] [advmss lock? NUMBER] [rtt lock? TEXT] [rttvar lock? TEXT] \
                [reordering lock? NUMBER] [window lock? NUMBER] [cwnd lock? NUMBER] [ssthresh lock? NUMBER] \
                [realms TEXT] [rto_min lock? TEXT] [initcwnd NUMBER] [initrwnd NUMBER] [features TEXT] \
                [quickack BOOL] [congctl lock? TEXT] [pref low|medium|high] [ttl-propagate enabled|disabled] \
                [fastopen_no_cookie BOOL] [expires NUMBER] [encap TEXT] [vrf NAME] [as to? ADDRESS] \
                [add] [prepend] [append] [no_track] [track_group NAME]

            :rule \
                [from NETWORK] [to NETWORK] [table|lookup TEXT] [preference|order|priority NUMBER] \
                [tos|dsfield TEXT] [fwmark MARK] [iif|dev IF] [oif IF] [uidrange TEXT] [l3mdev] \
                [ipproto TEXT] [sport TEXT] [dport TEXT] [protocol TEXT] [realms TEXT] \
                [suppress_prefixlength|sup_pl NUMBER] [suppress_ifgroup|sup_group TEXT] \
                [tunnel-id NUMBER] [goto NUMBER] [nop] \
                [type unicast|blackhole|unreachable|prohibit|nat] [inet] [inet6] [no_track] [track_group NAME]

            :tracked NAME [weight -253..253] [reverse] [noreverse]
            :value   NAME [weight -254..254] [reverse] [noreverse]
            :peer    ADDRESS [min_ttl 0..255] [max_ttl 0..255]
            :entry   [fwmark MARK] [inet] [inet6] [TEXT] [=PORT]

            global_defs {
                # Identity and mail
                router_id               TEXT
                notification_email      { * TEXT [TEXT+] }
                notification_email_from TEXT
                smtp_server             TEXT [PORT]
                smtp_connect_timeout    0..
                smtp_helo_name          TEXT
                smtp_alert              [BOOL]
                smtp_alert_vrrp         [BOOL]
                smtp_alert_checker      [BOOL]
                no_email_faults         [BOOL]
                no_checker_emails       [BOOL]

                # Defaults of instances
                vrrp_version                    2..3
                vrrp_mcast_group4               MULTICAST4
                vrrp_mcast_group6               MULTICAST6
                vrrp_skip_check_adv_addr        [BOOL]
                vrrp_strict                     [BOOL]
                vrrp_check_unicast_src          [BOOL]
                vrrp_garp_master_delay          0..
                vrrp_garp_master_repeat         0..
                vrrp_garp_master_refresh        0..
                vrrp_garp_master_refresh_repeat 0..
                vrrp_garp_lower_prio_delay      0..
                vrrp_garp_lower_prio_repeat     0..
                vrrp_garp_interval              0..s
                vrrp_gna_interval               0..s
                vrrp_min_garp                   [BOOL]
                vrrp_garp_extra_if              [all] 1..86400
                vrrp_vmac_garp_intvl            = vrrp_garp_extra_if
                vrrp_down_timer_adverts         1..100
                vrrp_lower_prio_no_advert       [BOOL]
                vrrp_higher_prio_send_advert    [BOOL]
                vrrp_startup_delay              0.001..s
                vrrp_notify_priority_changes    [BOOL]
                log_unknown_vrids               [BOOL]
                vmac_prefix|vmac_addr_prefix    TEXT
                default_interface               IF
                dynamic_interfaces              [allow_if_changes]
                vrrp_delay_after_boot           0.001..s
                vrrp_owner_ignore_adverts       [BOOL]
                disable_local_igmp              [BOOL] -- Sluice joins the group through the kernel, which reports it

                # LVS
                lvs_sync_daemon          IF [inst NAME] [id 0..255] [maxlen 1..65507] [port PORT] [ttl 1..255] [group ADDRESS] [NAME]
                lvs_timeouts             [tcp 0..2678400] [tcpfin 0..2678400] [udp 0..2678400]
                lvs_flush                [BOOL]
                lvs_flush_on_stop        [VS]
                lvs_flush_onstop         = lvs_flush_on_stop
                checker_log_all_failures [BOOL]
                rs_init_notifies         [BOOL]
                nftables_ipvs|nftables_ipvs_priority|nftables_ipvs_start_fwmark [TEXT] -- every address of a group is a service of its own here

                # Scripts
                enable_script_security   [BOOL]
                script_user              NAME [NAME]
                startup_script           SCRIPT
                shutdown_script          SCRIPT
                startup_script_timeout   1..1000
                shutdown_script_timeout  1..1000
                notify_fifo              PATH [NAME] [NAME]
                vrrp_notify_fifo         PATH [NAME] [NAME]
                lvs_notify_fifo          PATH [NAME] [NAME]
                notify_fifo_script       SCRIPT
                vrrp_notify_fifo_script  SCRIPT
                lvs_notify_fifo_script   SCRIPT
                fifo_write_vrrp_states_on_reload [BOOL]
                set_supplementary_groups [BOOL] -- scripts run with the groups of their user

                # Files and reload
                include_check            [TEXT+]
                random_seed              NUMBER
                umask                    TEXT -- files are made readable for their owner alone
                reload_check_config      [PATH] -- every file is checked before it is taken, with or without it
                reload_time_file         PATH -- run `sluice reload` from a timer instead
                reload_repeat            [BOOL] -- run `sluice reload` from a timer instead
                reload_file              [PATH] -- the answer of `sluice reload` says when the file has been read
                config_save_dir|tmp_config_directory PATH -- the file is read once, into memory
                data_use_instance        [BOOL]
                state_dump_file|stats_dump_file|json_dump_file PATH -- written where keepalived 2.2 writes them
                json_version             NUMBER -- the JSON is that of keepalived 2.2
                use_symlink_paths        [BOOL] -- paths are used as they are written
                iproute_usr_dir|iproute_etc_dir PATH -- names of tables are looked for in /etc/iproute2 and /usr/share/iproute2

                # Processes: Sluice is one
                process_names            [BOOL] -- Sluice is one process
                process_name|vrrp_process_name|checker_process_name|lvs_process_name|bfd_process_name [TEXT] -- Sluice is one process
                vrrp_priority|checker_priority|bfd_priority -20..19 -- Sluice is one process; set its priority where it is started (Nice= of its unit)
                vrrp_rt_priority|checker_rt_priority|bfd_rt_priority 1..99 -- Sluice is one process; set its scheduling where it is started (CPUSchedulingPolicy= of its unit)
                vrrp_rlimit_rttime|vrrp_rlimit_rtime|checker_rlimit_rttime|checker_rlimit_rtime|bfd_rlimit_rttime|bfd_rlimit_rtime NUMBER -- Sluice does not limit its real-time thread
                vrrp_no_swap|checker_no_swap|bfd_no_swap [BOOL] -- set MemorySwapMax=0 in the unit that starts Sluice
                vrrp_cpu_affinity|checker_cpu_affinity|bfd_cpu_affinity NUMBER+ -- set CPUAffinity= in the unit that starts Sluice
                max_auto_priority        [-1..99] -- late timers are counted and shown, priorities stay
                min_auto_priority_delay  1..10000000 -- late timers are counted and shown, priorities stay
                timer_expired_backup|thread_timer_expired [TEXT+] -- late timers are counted and shown
                vrrp_rx_bufs_policy      TEXT -- sockets are as large as they need to be
                vrrp_rx_bufs_multiplier  NUMBER -- sockets are as large as they need to be
                vrrp_netlink_cmd_rcv_bufs|vrrp_netlink_monitor_rcv_bufs|lvs_netlink_cmd_rcv_bufs|lvs_netlink_monitor_rcv_bufs|process_monitor_rcv_bufs NUMBER -- sockets are as large as they need to be
                vrrp_netlink_cmd_rcv_bufs_force|vrrp_netlink_monitor_rcv_bufs_force|lvs_netlink_cmd_rcv_bufs_force|lvs_netlink_monitor_rcv_bufs_force|process_monitor_rcv_bufs_force [BOOL] -- sockets are as large as they need to be

                # What others offer
                nftables                 [NAME] -- Sluice writes no firewall rules
                nftables_priority        -2147483648..2147483647 -- Sluice writes no firewall rules
                nftables_counters|nftables_ifindex [BOOL] -- Sluice writes no firewall rules
                vrrp_iptables|vrrp_ipsets [TEXT+] -- Sluice writes no firewall rules
                snmp_socket              TEXT -- SNMP is not offered; see `sluice status` and the metrics
                enable_snmp_vrrp|enable_snmp_checker|enable_snmp_rfc|enable_snmp_rfcv2|enable_snmp_rfcv3|enable_snmp_keepalived|enable_traps [BOOL] -- SNMP is not offered; see `sluice status` and the metrics
                snmp_vs_stats_update_interval|snmp_rs_stats_update_interval TEXT -- SNMP is not offered; see `sluice status` and the metrics
                enable_dbus|dbus_no_interface_name [BOOL] -- D-Bus is not offered; see `sluice status`
                dbus_service_name        TEXT -- D-Bus is not offered; see `sluice status`
            }

            static_ipaddress { * :address }
            static_routes    { * :route }
            static_rules     { * :rule }

            track_group NAME {
                group { * NAME [NAME+] }
            }

            track_file|vrrp_track_file NAME {
                file      PATH
                weight    -254..254 [reverse]
                init_file [-2147483648..2147483647] [overwrite]
            }

            vrrp_track_process NAME {
                process         TEXT+
                param_match     initial|partial
                full_command    [BOOL]
                weight          -254..254 [reverse]
                quorum          1..65535
                quorum_max      0..65535
                delay           0..3600s
                fork_delay      0..3600s
                terminate_delay 0..3600s
            }

            bfd_instance NAME {
                neighbor_ip|neighbour_ip ADDRESS
                source_ip   ADDRESS
                min_rx      1..4294967
                min_tx      1..4294967
                idle_tx     1000..4294967
                multiplier  1..255
                passive     [BOOL]
                ttl|hoplimit 1..255
                max_hops    -1..255
                multihop    [BOOL]
                weight      -253..253 [reverse]
                vrrp        [BOOL]
                checker     [BOOL]
            }

            vrrp_script NAME {
                script    COMMAND
                interval  0..
                timeout   1..
                weight    -253..253 [reverse]
                rise      1..
                fall      1..
                user      NAME [NAME]
                init_fail [BOOL]
            }

            vrrp_sync_group NAME {
                group           { * NAME [NAME+] }
                track_interface { * :tracked }
                track_script    { * :tracked }
                track_file      { * :value }
                track_process   { * :value }
                track_bfd       { * :tracked }
                notify_master   SCRIPT
                notify_backup   SCRIPT
                notify_fault    SCRIPT
                notify_stop     SCRIPT
                notify          SCRIPT
                smtp_alert      [BOOL]
                notify_priority_changes    [BOOL]
                sync_group_tracking_weight [BOOL]
                global_tracking            [BOOL] -- trackers of a group always count for all of its members
            }

            garp_group {
                garp_interval 0..s
                gna_interval  0..s
                interface     IF
                interfaces    { * IF [IF+] }
            }

            interface_up_down_delays { * IF 0..255 [0..255] }
            linkbeat_interfaces      { * IF [MII] [ETHTOOL] [IOCTL] }
            linkbeat_use_polling     [BOOL] -- the kernel announces a lost carrier

            vrrp_instance NAME {
                state             TEXT
                interface         IF
                virtual_router_id 1..255
                priority          1..255
                advert_int        0.01..255s
                version           2..3
                authentication {
                    auth_type TEXT
                    auth_pass TEXT
                }
                auth_hmac -- adverts are not signed, and peers that want that reject them { * TEXT [TEXT+] }

                virtual_ipaddress          { * :address }
                virtual_ipaddress_excluded { * :address }
                virtual_routes             { * :route }
                virtual_rules              { * :rule }
                no_virtual_ipaddress       [BOOL]
                promote_secondaries        [BOOL]

                nopreempt      [BOOL]
                preempt        [BOOL]
                preempt_delay  0..1000s

                track_interface    { * :tracked }
                track_script       { * :tracked }
                track_file         { * :value }
                track_process      { * :value }
                track_bfd          { * :tracked }
                dont_track_primary [BOOL]
                track_src_ip       [BOOL]

                notify_master    SCRIPT
                notify_backup    SCRIPT
                notify_fault     SCRIPT
                notify_stop      SCRIPT
                notify           SCRIPT
                notify_deleted   [SCRIPT]
                notify_master_rx_lower_pri SCRIPT
                notify_priority_changes    [BOOL]
                smtp_alert       [BOOL]

                unicast_src_ip        ADDRESS
                mcast_src_ip          ADDRESS
                mcast_dst_ip          ADDRESS
                unicast_peer          { * :peer }
                unicast_ttl           0..255
                check_unicast_src     [BOOL]
                unicast_fault_no_peer [BOOL]
                old_unicast_checksum  [never]
                v3_checksum_as_v2     [BOOL]

                accept               [BOOL]
                no_accept            [BOOL]
                strict_mode          [BOOL]
                skip_check_adv_addr  [BOOL]
                lower_prio_no_advert [BOOL]
                higher_prio_send_advert [BOOL]
                owner_ignore_adverts [BOOL]
                down_timer_adverts   1..100

                garp_master_delay          0..
                garp_master_repeat         0..
                garp_master_refresh        0..
                garp_master_refresh_repeat 0..
                garp_lower_prio_delay      0..
                garp_lower_prio_repeat     0..
                garp_extra_if              [all] 0..86400
                vmac_garp_intvl            = garp_extra_if

                use_vmac       [TEXT] [TEXT]
                use_vmac_addr  [BOOL]
                vmac_xmit_base [BOOL]
                use_ipvlan     [TEXT+]
                vrf            NAME

                kernel_rx_buf_size   NUMBER -- sockets are as large as they need to be
                debug                0..4 -- it has none in keepalived either
                native_ipv6          [BOOL] -- the family is that of the first address
                linkbeat_use_polling [BOOL] -- the kernel announces a lost carrier
                lvs_sync_daemon_interface IF
            }

            SSL {
                password    TEXT
                ca          PATH
                certificate PATH
                key         PATH
            }

            virtual_server_group NAME { * :entry }

            # What all checkers have, and those that connect

            $TIMING= \\
                retry             0..4294967295    \\
                nb_get_retry      = retry \\
                delay_before_retry 0..s   \\
                delay_loop        0.000001..s \\
                warmup            0..s    \\
                alpha             [BOOL]  \\
                log_all_failures  [BOOL]

            $CONNECTION= \\
                connect_ip      ADDRESS \\
                connect_port    PORT    \\
                connect_timeout 0.000001..4294.967295s \\
                bindto          ADDRESS \\
                bind_port       PORT    \\
                bind_if         IF      \\
                fwmark          0..4294967295 \\
                $TIMING

            $HTTP= \\
                url { \\
                    path             TEXT    \\
                    status_code      STATUS+ \\
                    digest           DIGEST  \\
                    virtualhost      TEXT    \\
                    regex            REGEX   \\
                    regex_no_match   [BOOL]  \\
                    regex_options    TEXT+   \\
                    regex_stack      NUMBER NUMBER -- Java needs no stack of its own for it \\
                    regex_min_offset NUMBER  \\
                    regex_max_offset NUMBER  \\
                } \\
                virtualhost   TEXT   \\
                http_protocol 1.0|1.0C|1.0c|1.1 \\
                enable_sni    [BOOL] \\
                sni_name      TEXT   \\
                tls_compliant [BOOL] -- Java ends TLS as the standard wants it \\
                fast_recovery [BOOL] \\
                $CONNECTION

            virtual_server TEXT [TEXT] [TEXT] {
                lb_algo|lvs_sched    TEXT
                lb_kind|lvs_method   TEXT [type TEXT] [port PORT] [nocsum] [csum] [remcsum]
                protocol             TEXT
                persistence_timeout  [1..2678400]
                persistence_granularity MASK
                persistence_engine   NAME
                ops                  [BOOL]
                hashed               [BOOL]
                sh-port              [BOOL]
                sh-fallback          [BOOL]
                mh-port              [BOOL]
                mh-fallback          [BOOL]
                flag-1               [BOOL]
                flag-2               [BOOL]
                flag-3               [BOOL]

                delay_loop           0.000001..s
                connect_timeout      0.000001..4294.967295s
                retry                1..4294967295
                delay_before_retry   0..s
                warmup               0..s
                weight               1..2147483647
                inhibit_on_failure   [BOOL]
                virtualhost          TEXT
                alpha                [BOOL]
                omega                [BOOL]
                quorum               1..4294967295
                hysteresis           0..4294967295
                quorum_up            SCRIPT
                quorum_down          SCRIPT
                sorry_server         ADDRESS [PORT]
                sorry_server_inhibit [BOOL]
                sorry_server_lvs_method TEXT [type TEXT] [port PORT] [nocsum] [csum] [remcsum]
                ha_suspend           [BOOL]
                follows              TEXT
                smtp_alert           [BOOL]
                snmp_name            TEXT -- SNMP is not offered; see `sluice status` and the metrics
                ip_family            inet|inet6
                nat_mask             [TEXT] -- nothing reads it

                real_server ADDRESS [0..65535] {
                    weight             0..2147483647
                    lvs_method         TEXT [type TEXT] [port PORT] [nocsum] [csum] [remcsum]
                    uthreshold         0..4294967295
                    lthreshold         0..4294967295
                    inhibit_on_failure [BOOL]
                    notify_up          SCRIPT
                    notify_down        SCRIPT
                    smtp_alert         [BOOL]
                    delay_loop         0.000001..s
                    connect_timeout    0.000001..4294.967295s
                    retry              1..4294967295
                    delay_before_retry 0..s
                    warmup             0..s
                    alpha              [BOOL]
                    virtualhost        TEXT
                    snmp_name          TEXT -- SNMP is not offered; see `sluice status` and the metrics

                    TCP_CHECK  {
                        $CONNECTION
                    }
                    PING_CHECK {
                        $CONNECTION
                    }
                    UDP_CHECK {
                        payload          HEX+
                        require_reply    [HEXPATTERN+]
                        min_reply_length 0..65535
                        max_reply_length 0..65535
                        $CONNECTION
                    }
                    HTTP_GET {
                        $HTTP
                    }
                    SSL_GET {
                        $HTTP
                    }
                    SMTP_CHECK {
                        helo_name TEXT
                        host {
                            connect_ip   ADDRESS
                            connect_port PORT
                            bindto       ADDRESS
                        }
                        $CONNECTION
                    }
                    DNS_CHECK {
                        type TEXT
                        name TEXT
                        $CONNECTION
                    }
                    MISC_CHECK {
                        misc_path    COMMAND
                        misc_timeout 0..4294967295
                        misc_dynamic [BOOL]
                        user         NAME [NAME]
                        $TIMING
                    }
                    FILE_CHECK {
                        track_file NAME
                        weight     -2147483647..2147483647 [reverse]
                        dynamic    [TEXT+] -- a file's value always changes the weight
                    }
                    BFD_CHECK {
                        name  NAME
                        alpha [BOOL]
                    }
                }
            }

            # The program itself

            net_namespace         NAME
            net_namespace_ipvs    NAME
            namespace_with_ipsets [BOOL] -- Sluice writes no firewall rules
            instance              NAME
            use_pid_dir           [BOOL] -- Sluice writes no files with its process id
            child_wait_time       0.. -- Sluice has no child processes but scripts
            """;
}
