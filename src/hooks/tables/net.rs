//! The network: sockets, pipes, datagrams and name resolution. The rows stand on the handles where
//! `net`, `tls`, `http`, `http2`, `dgram`, `dns` and `fetch` end.

use crate::hooks::tables::row::Deliver::{
    Bind as ToBinder, Datagram, Destroy, Emit, Listen as ListenError, Resolution, Throw,
};
use crate::hooks::tables::row::Guard::{
    Accept, Addresses, Adopt, Bind, BindDatagram, Connect, Join, Listen, Resolve, Send, Socket,
};
use crate::hooks::tables::row::{Guard, HookSpec, Target, Unguarded, Use, row, unguarded};
use crate::policy::Scope;

const TCP: Target = Target::BindingClass("tcp_wrap", "TCP");
const PIPE: Target = Target::BindingClass("pipe_wrap", "Pipe");
const UDP: Target = Target::BindingClass("udp_wrap", "UDP");
const CARES: Target = Target::Binding("cares_wrap");
const CHANNEL: Target = Target::BindingClass("cares_wrap", "ChannelWrap");
const DATAGRAM: Target = Target::ModuleClass("dgram", "Socket");

/// Terminals. The constructor opens any descriptor for reading and writing.
const TTY: Target = Target::Binding("tty_wrap");

const OPENS: &[Guard] = &[Guard::Use(0, Use::HandOn)];
const TO: &[Guard] = &[Connect { address: 1, port: 2 }];
const ON: &[Guard] = &[Bind { address: 0, port: 1 }];
const NAME: &[Guard] = &[Resolve(1)];
const ADDRESSES: &[Guard] = &[Addresses { request: 0, name: 1 }];

/// Guarded functions.
pub const ROWS: &[HookSpec] = &[
    row(TCP, "connect", TO, Destroy),
    row(TCP, "connect6", TO, Destroy),
    row(TCP, "bind", ON, ToBinder),
    row(TCP, "bind6", ON, ToBinder),
    row(TCP, "listen", &[Accept], Throw),
    row(PIPE, "connect", &[Socket(Scope::NetConnect, 1)], Destroy),
    row(PIPE, "bind", &[Socket(Scope::NetListen, 0)], Throw),
    row(PIPE, "listen", &[Accept], Throw),
    row(PIPE, "fchmod", &[Accept], Throw),
    row(UDP, "bind", ON, ToBinder),
    row(UDP, "bind6", ON, ToBinder),
    row(UDP, "open", &[Guard::Use(0, Use::HandOn), Adopt(0)], Throw),
    row(TCP, "open", OPENS, Throw),
    row(PIPE, "open", OPENS, Throw),
    row(TTY, "TTY", OPENS, Throw).class(),
    // These functions bind a socket that is not bound yet.
    row(UDP, "recvStart", &[Accept], Throw),
    row(UDP, "addMembership", &[Accept, Join(0)], Throw),
    row(UDP, "dropMembership", &[Accept], Throw),
    row(UDP, "addSourceSpecificMembership", &[Accept, Join(1)], Throw),
    row(UDP, "dropSourceSpecificMembership", &[Accept], Throw),
    row(UDP, "connect", &[Connect { address: 0, port: 1 }], Datagram),
    row(UDP, "connect6", &[Connect { address: 0, port: 1 }], Datagram),
    row(UDP, "send", &[Send], Datagram),
    row(UDP, "send6", &[Send], Datagram),
    row(CARES, "getaddrinfo", ADDRESSES, Resolution),
    row(CARES, "getnameinfo", NAME, Resolution),
    row(CHANNEL, "queryA", ADDRESSES, Resolution),
    row(CHANNEL, "queryAaaa", ADDRESSES, Resolution),
    row(CHANNEL, "queryAny", ADDRESSES, Resolution),
    row(CHANNEL, "queryCaa", NAME, Resolution),
    row(CHANNEL, "queryCname", NAME, Resolution),
    row(CHANNEL, "queryMx", NAME, Resolution),
    row(CHANNEL, "queryNaptr", NAME, Resolution),
    row(CHANNEL, "queryNs", NAME, Resolution),
    row(CHANNEL, "queryPtr", NAME, Resolution),
    row(CHANNEL, "querySoa", NAME, Resolution),
    row(CHANNEL, "querySrv", NAME, Resolution),
    row(CHANNEL, "queryTlsa", NAME, Resolution).on_some(),
    row(CHANNEL, "queryTxt", NAME, Resolution),
    row(CHANNEL, "getHostByAddr", NAME, Resolution),
    // The handles below refuse as well. These rows refuse earlier, and deliver where the public API
    // promises errors.
    row(Target::ModuleClass("net", "Server"), "listen", &[Listen], ListenError),
    row(DATAGRAM, "bind", &[BindDatagram], Emit),
    row(DATAGRAM, "connect", &[Connect { address: 1, port: 0 }], Emit),
    row(DATAGRAM, "bindSync", &[BindDatagram], Throw).on_some(),
    row(DATAGRAM, "connectSync", &[Connect { address: 1, port: 0 }], Throw).on_some(),
];

/// Functions that need no guard.
pub const UNGUARDED: &[Unguarded] = &[
    unguarded(
        Target::Binding("tcp_wrap"),
        &["TCP", "TCPConnectWrap"],
        "only makes an object; the methods that reach the network are rows",
    ),
    unguarded(
        Target::Binding("pipe_wrap"),
        &["Pipe", "PipeConnectWrap"],
        "only makes an object; the methods that reach the network are rows",
    ),
    unguarded(
        Target::Binding("udp_wrap"),
        &["UDP", "SendWrap"],
        "only makes an object; the methods that reach the network are rows",
    ),
    unguarded(
        CARES,
        &["GetAddrInfoReqWrap", "GetNameInfoReqWrap", "QueryReqWrap", "ChannelWrap"],
        "only makes an object; the methods that reach the network are rows",
    ),
    unguarded(CARES, &["canonicalizeIP", "convertIpv6StringToBuffer", "strerror"], "computes, without the network"),
    unguarded(
        CHANNEL,
        &["getServers", "setServers", "setLocalAddress", "cancel"],
        "sets up queries that are asked about, their servers too, when they are made; free in Node as well",
    ),
    unguarded(
        TCP,
        &["getsockname", "getpeername", "setNoDelay", "setKeepAlive", "setTypeOfService", "getTypeOfService", "reset"],
        "works on a socket that is open already; free in Node as well",
    ),
    unguarded(
        UDP,
        &[
            "recvStop",
            "disconnect",
            "getpeername",
            "getsockname",
            "setMulticastInterface",
            "setMulticastTTL",
            "setMulticastLoopback",
            "setBroadcast",
            "setTTL",
            "bufferSize",
            "getSendQueueSize",
            "getSendQueueCount",
        ],
        "works on a socket that was bound under the policy",
    ),
];
