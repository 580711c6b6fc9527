// Package rpc is zinit's control protocol: the frames, the types, a server that
// serves a [Backend], and a [Client] for any program that wants to talk to a
// zinit-server. It knows none of zinit's other packages.
//
// # Versions
//
//	1  the first. Later versions add methods, keys and kinds of errors, and change
//	   none: a reader ignores keys it does not know.
//
// # Frame
//
// The socket is a stream socket, by default /run/zinit.sock; only root and the
// server's own uid are served. Both directions carry frames: the length as 4
// bytes, big endian, then that many bytes of one JSON value in UTF-8. The length
// is 1 to [MaxFrame]. A system.ping and its answer:
//
//	00 00 00 2f  {"jsonrpc":"2.0","id":1,"method":"system.ping"}
//	00 00 00 40  {"jsonrpc":"2.0","id":1,"result":{"version":"0.1.0","pid":4242}}
//
// # Envelope
//
// JSON-RPC 2.0 without batches. A request has jsonrpc "2.0", an id (a number or a
// string, of at most 256 bytes), a method and params, an object with keys; params
// may be absent or null. Keys of params that a method does not know are errors. A
// request without an id is carried out and never answered; one whose id is null is
// an error.
//
// Requests may be pipelined. Methods that only read are answered in the order in
// which they came; those that wish something (marked * below) are carried out
// side by side and answered when they are done. Who needs an order between these
// waits for the answer. The answer has the id of the request and either result or
// error.
//
// # Methods
//
//	system.ping                                            Ping
//	system.info                                            Info
//	system.shutdown      *                                 {}, once it is accepted
//	system.doctor                                          []Check
//	service.list                                           []Service
//	service.status         name                            Service
//	service.get            name                            the definition
//	service.start        * name wait timeout_ms no_deps    Service, at the end
//	service.stop         * name wait timeout_ms no_deps    Service, at the end
//	service.restart      * name wait timeout_ms no_deps    Service, at the end
//	service.kill         * name signal                     {}
//	service.stats                                          []Service with stats: those that have processes
//	service.why            name                            Why
//	service.tree           name (empty or absent: all)     []TreeNode
//	service.add          * toml name persist start         Service
//	service.remove       * name cascade purge              {}
//	service.reload       * dry_run                         Reload
//	service.start_all    *                                 Bulk
//	service.stop_all     *                                 Bulk
//	service.delete_all   *                                 Bulk
//	logs.get               names lines since_ms stream     []Line
//	logs.follow            names lines since_ms stream     Subscription
//	                       once
//	events.subscribe       names                           Subscription
//	debug.state                                            everything
//	debug.procs            name                            Process
//
// The keys of params and results are at the types. wait is true where absent.
// timeout_ms bounds the order on the server's side: when it has passed the answer
// is an error of kind timeout; what was begun goes on.
//
// # Subscriptions
//
// logs.follow and events.subscribe answer {"subscription": 1}; from then on nothing
// is missed. Notifications follow on the same connection: method "log" with a Line
// as params, or "event" with an Event, each with the key "subscription" besides.
// If the server can't go on with one it sends "end" with {subscription, error};
// error is absent where there simply is no more: logs.follow with once sends all that
// is kept, also what does not fit in an answer of logs.get, and ends. There is no
// method to end a subscription: close the connection.
//
//	{"jsonrpc":"2.0","method":"event","params":{"time_ms":1700000000000,"service":"web",
//	 "from":"starting","to":"running","cause":"ready","subscription":1}}
//
// # Errors
//
//	{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"cannot stop wbe: there is no such service",
//	 "data":{"kind":"not_found","service":"wbe","hint":"zinit list shows all services"}}}
//
// Codes are JSON-RPC's own: -32700 no JSON, -32600 no request, -32601 no such
// method, -32602 bad params (the message names the key), -32603 a fault of the
// server; and -32000 with a [Kind] in data.kind. Keys of data are absent where
// they do not apply.
//
// A frame of length 0 or too long, and bytes that are no UTF-8 JSON, are answered
// with one error whose id is null; then the connection is closed. So is a
// connection of somebody who may not connect, or one too many. A batch and any
// other JSON that is no request get -32600, and the connection goes on.
//
// # Limits
//
// [Limits] has them. A frame must be complete within 10 s of its first byte;
// answers that are not taken for 10 s end the connection. 64 requests of one
// connection may be under way at once, and 1 MiB of answers wait for it; beyond
// that the server reads on when there is room. 256 connections are
// open at once; one more takes the place of the one that has been idle longest,
// for 10 s at least, or is refused. An answer that does not fit in a frame becomes
// an error of kind too_large.
//
// When a peer closes its connection, its waiting requests are given up: nobody
// waits any more, but what they ordered is done. A peer that only closes its
// sending side still gets its answers.
package rpc
