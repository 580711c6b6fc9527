package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// exchange sends one request and returns its answer.
func exchange(t *testing.T, path, text string) string {
	t.Helper()
	conn := raw(t, path)
	conn.Write(frameOf(text))
	return receive(t, conn)
}

func receive(t *testing.T, conn interface{ Read([]byte) (int, error) }) string {
	t.Helper()
	content, err := ReadFrame(conn)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	return string(content)
}

func TestProtocol(t *testing.T) {
	const ask = `{"jsonrpc":"2.0","id":1,"method":`
	for _, test := range []struct{ name, request, answer string }{
		{"ping", ask + `"system.ping"}`, `{"jsonrpc":"2.0","id":1,"result":{"version":"1.2.3","pid":42}}`},
		{"a string as id", `{"jsonrpc":"2.0","id":"a\u0062","method":"system.ping"}`, `"id":"a\u0062","result":{`},
		{"a fraction as id", `{"jsonrpc":"2.0","id":-1.5e3,"method":"system.ping"}`, `"id":-1.5e3,"result":{`},
		{"keys twice", `{"jsonrpc":"2.0","id":1,"id":2,"method":"system.ping"}`, `"id":2,"result":{`},
		{"params null", ask + `"system.ping","params":null}`, `"result":{`},
		{"params empty", ask + `"system.ping","params":{}}`, `"result":{`},
		{"no result is {}", ask + `"system.shutdown"}`, `"result":{}`},
		{"an empty list is []", ask + `"service.list"}`, `"result":[]`},
		{"an empty array is []", ask + `"service.tree"}`, `"requires":[],"after":[],"wants":[],"conflicts":[]`},
		{"processes", ask + `"debug.procs","params":{"name":"web"}}`, `"children":[{"pid":8,`},
		{"an id that is no id", `{"jsonrpc":"2.0","id":{},"method":"system.ping"}`, `"id":null,"error":{"code":-32600,`},
		{"an id that is too long", `{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 300) + `","method":"system.ping"}`, `"id":null,"error":{"code":-32600,`},
		{"a batch", `[` + ask + `"system.ping"}]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"bad request: batches`},
		{"a number", `42`, `"id":null,"error":{"code":-32600,`},
		{"null", `null`, `"id":null,"error":{"code":-32600,`},
		{"an old version", `{"jsonrpc":"1.0","id":1,"method":"system.ping"}`, `"id":1,"error":{"code":-32600,`},
		{"no method", `{"jsonrpc":"2.0","id":1}`, `"id":1,"error":{"code":-32600,"message":"bad request: method is missing`},
		{"method is no string", ask + `5}`, `"id":1,"error":{"code":-32600,`},
		{"an unknown method", ask + `"service.fly"}`, `"error":{"code":-32601,"message":"there is no method \"service.fly\""`},
		{"params as array", ask + `"service.status","params":["web"]}`, `"error":{"code":-32602,"message":"bad params: params must be an object`},
		{"a missing param", ask + `"service.status"}`, `"error":{"code":-32602,"message":"bad params: name is missing"`},
		{"an empty param", ask + `"service.status","params":{"name":""}}`, `"error":{"code":-32602,"message":"bad params: name is missing"`},
		{"an unknown param", ask + `"service.status","params":{"name":"web","nmae":1}}`, `-32602,"message":"bad params: unknown key \"nmae\"","data":{"hint":"allowed: name"}`},
		{"a param in capitals", ask + `"service.status","params":{"NAME":"web"}}`, `-32602,"message":"bad params: unknown key \"NAME\""`},
		{"params where none are", ask + `"system.ping","params":{"x":1}}`, `-32602,"message":"bad params: unknown key \"x\"","data":{"hint":"this method takes no params"}`},
		{"a number for a string", ask + `"service.status","params":{"name":5}}`, `-32602,"message":"bad params: name must be a string, not number"`},
		{"a string for a bool", ask + `"service.start","params":{"name":"web","wait":"yes"}}`, `-32602,"message":"bad params: wait must be true or false, not string"`},
		{"a fraction", ask + `"service.start","params":{"name":"web","timeout_ms":1.5}}`, `-32602,"message":"bad params: timeout_ms must be a whole number, not number 1.5"`},
		{"a string for an array", ask + `"logs.get","params":{"names":"web"}}`, `-32602,"message":"bad params: names must be an array of strings, not string"`},
		{"a negative timeout", ask + `"service.start","params":{"name":"web","timeout_ms":-1}}`, `-32602,"message":"bad params: timeout_ms must be from 0`},
		{"a timeout beyond time", ask + `"service.start","params":{"name":"web","timeout_ms":9223372036854775807}}`, `-32602,"message":"bad params: timeout_ms must be from 0`},
		{"a negative count", ask + `"logs.get","params":{"lines":-1}}`, `-32602,"message":"bad params: lines must not`},
		{"a negative time", ask + `"logs.get","params":{"since_ms":-1}}`, `-32602,"message":"bad params: since_ms must not`},
		{"an unknown stream", ask + `"logs.follow","params":{"stream":"in"}}`, `-32602,"message":"bad params: stream must be`},
		{"a signal's number", ask + `"service.kill","params":{"name":"web","signal":9}}`, `"result":{}`},
		{"an id that is null", `{"jsonrpc":"2.0","id":null,"method":"service.stop","params":{"name":"web"}}`, `"id":null,"error":{"code":-32600`},
		{"a signal that is null", ask + `"service.kill","params":{"name":"web","signal":null}}`, `"result":{}`},
		{"a name that is null", ask + `"service.kill","params":{"name":null}}`, `-32602,"message":"bad params: name is missing"`},
		{"a broken signal", ask + `"service.kill","params":{"name":"web","signal":1.5}}`, `-32602,"message":"bad params: signal must be`},
		{"a signal that is none", ask + `"service.kill","params":{"name":"web","signal":{}}}`, `-32602,"message":"bad params: signal must be`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := exchange(t, serve(t, &fake{}, Limits{}), test.request); !strings.Contains(got, test.answer) {
				t.Errorf("got  %s\nwant %s", got, test.answer)
			}
		})
	}
}

// A request without an id is carried out and not answered, whatever comes of it.
func TestNotificationsAreNotAnswered(t *testing.T) {
	b := &fake{}
	conn := raw(t, serve(t, b, Limits{}))
	for _, text := range []string{
		`{"jsonrpc":"2.0","method":"service.kill","params":{"name":"web"}}`,
		`{"jsonrpc":"2.0","method":"service.stop","params":{"name":"web"}}`,
		`{"jsonrpc":"2.0","method":"service.fly"}`,
		`{"jsonrpc":"2.0","method":"service.status","params":{"nmae":1}}`,
		`{"jsonrpc":"2.0","method":"logs.follow"}`,
		`{"jsonrpc":"2.0","id":7,"method":"system.ping"}`,
	} {
		conn.Write(frameOf(text))
	}
	if got := receive(t, conn); !strings.Contains(got, `"id":7,`) {
		t.Errorf("answered: %s", got)
	}
	until(t, "both orders were carried out", func() bool { return len(b.noted()) == 2 })
}

func TestBackendErrors(t *testing.T) {
	own := Errorf(HasDependents, "db", "cannot remove db: web requires it")
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"its own", own, `{"code":-32000,"message":"cannot remove db: web requires it","data":{"kind":"has_dependents","service":"db","hint":"stop them first, or use --cascade"}}`},
		{"its own, wrapped", fmt.Errorf("again: %w", own), `{"code":-32000,"message":"cannot remove db: web requires it",`},
		{"any other", errors.New("disk on fire"), `{"code":-32603,"message":"disk on fire"}`},
		{"a deadline", context.DeadlineExceeded, `"data":{"kind":"timeout"`},
		{"cancelled", context.Canceled, `"data":{"kind":"shutting_down"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := serve(t, &fake{err: test.err}, Limits{})
			for _, method := range []string{"service.status", "service.remove"} {
				got := exchange(t, path, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{"name":"db"}}`)
				if !strings.Contains(got, test.want) {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
			}
		})
	}
}

func TestTimeoutOfAnOrder(t *testing.T) {
	b := &fake{order: func(ctx context.Context, _ Order) (Service, error) {
		<-ctx.Done()
		return Service{}, ctx.Err()
	}}
	c := client(t, serve(t, b, Limits{}))
	for name, order := range map[string]func(context.Context, Order) (Service, error){
		"start": c.Start, "stop": c.Stop, "restart": c.Restart,
	} {
		_, err := order(t.Context(), Order{Name: "web", TimeoutMs: 20})
		fault, ok := errors.AsType[*Error](err)
		if !ok || fault.Data.Kind != Timeout || fault.Data.Service != "web" || fault.Message != "cannot "+name+" web: it was not done within 20ms" {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

func TestTooLargeAnswer(t *testing.T) {
	b := &fake{lines: []Line{{Text: strings.Repeat("x", MaxFrame)}}}
	c := client(t, serve(t, b, Limits{}))
	if _, err := c.Logs(t.Context(), LogQuery{}); !IsKind(err, TooLarge) {
		t.Errorf("error %v, want kind too_large", err)
	}
	if _, err := c.Ping(t.Context()); err != nil {
		t.Errorf("the connection is broken: %v", err)
	}
}

// What only reads is answered in order, and is not held up by those that wait.
func TestReadersOvertakeWaiters(t *testing.T) {
	free := make(chan struct{})
	b := &fake{order: func(context.Context, Order) (Service, error) { <-free; return Service{}, nil }}
	conn := raw(t, serve(t, b, Limits{}))
	conn.Write(frameOf(`{"jsonrpc":"2.0","id":"slow","method":"service.start","params":{"name":"web"}}`))
	for i := range 50 {
		conn.Write(frameOf(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"service.status","params":{"name":"web"}}`, i)))
	}
	for i := range 50 {
		if got := receive(t, conn); !strings.Contains(got, fmt.Sprintf(`"id":%d,`, i)) {
			t.Fatalf("answer %d is %s", i, got)
		}
	}
	close(free)
	if got := receive(t, conn); !strings.Contains(got, `"id":"slow"`) {
		t.Errorf("the last answer is %s", got)
	}
}

// The page in doc.go must not forget a method, a param or a kind.
func TestDocIsComplete(t *testing.T) {
	page, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range methods() {
		if !strings.Contains(string(page), name) {
			t.Errorf("doc.go does not know %s", name)
		}
	}
	for _, params := range []any{Name{}, Order{}, Kill{}, Add{}, Remove{}, DryRun{}, LogQuery{}, Names{}} {
		for _, key := range keysOf(reflect.TypeOf(params)) {
			if !strings.Contains(string(page), key) {
				t.Errorf("doc.go does not know the key %s of %T", key, params)
			}
		}
	}
}

// The examples of doc.go are true, byte by byte.
func TestDocExample(t *testing.T) {
	page, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"system.ping"}`,
		string(resultFrame(json.RawMessage("1"), Ping{"0.1.0", 4242})[headSize:]),
	} {
		line := fmt.Sprintf("% x  %s", frameOf(text)[:headSize], text)
		if !strings.Contains(string(page), line) {
			t.Errorf("doc.go lacks %q", line)
		}
	}
}

func TestPeerIsHandedOn(t *testing.T) {
	got := make(chan Peer, 1)
	path := serve(t, peerNoter{&fake{}, got}, Limits{})
	exchange(t, path, `{"jsonrpc":"2.0","id":1,"method":"system.shutdown"}`)
	select {
	case p := <-got:
		if p.Pid != os.Getpid() || p.UID != os.Geteuid() || p.GID != os.Getegid() {
			t.Errorf("got %+v", p)
		}
	case <-time.After(10 * time.Second):
		t.Error("no call")
	}
}

type peerNoter struct {
	*fake
	got chan Peer
}

func (p peerNoter) Shutdown(_ context.Context, by Peer) error {
	p.got <- by
	return nil
}
