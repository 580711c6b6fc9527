package supervisor

import (
	"os"
	"strings"
	"testing"
	"time"

	"zinit/configs"
)

// inState brings a service called x into each of the seven states. It requires
// db, which is there unless the state needs it to be away.
var inState = map[State]func(t *testing.T) *world{
	StateInactive: func(t *testing.T) *world { return tableWorld(t, manual) },
	StateBlocked: func(t *testing.T) *world {
		w := tableWorld(t)
		w.probe(true)
		w.exit("x", Status{Code: 1})
		return w
	},
	StateStarting: func(t *testing.T) *world { return tableWorld(t) },
	StateRunning: func(t *testing.T) *world {
		w := tableWorld(t)
		w.probe(true)
		return w
	},
	StateStopping: func(t *testing.T) *world {
		w := tableWorld(t)
		w.deaf["x"] = true
		w.step(Stop{Name: "x"})
		return w
	},
	StateExited: func(t *testing.T) *world {
		w := tableWorld(t)
		w.step(Stop{Name: "x"})
		return w
	},
	StateFailed: func(t *testing.T) *world {
		w := tableWorld(t, func(s *configs.Service) { s.Restart = configs.RestartNever })
		w.exit("x", Status{Code: 1})
		return w
	},
}

func tableWorld(t *testing.T, change ...func(*configs.Service)) *world {
	check := func(s *configs.Service) { s.Health = &configs.Health{Type: configs.HealthTCP, Retries: 1} }
	return boot(t, service_("db"), service_("x", append(change, check, requires("db"))...))
}

// unborn is for the events of a birth: x has no health check and is not born yet.
var unborn = map[State]func(t *testing.T) *world{
	StateStarting: func(t *testing.T) *world {
		w := boot(t, service_("db"), service_("x", manual))
		w.unborn = true
		w.step(Start{Name: "x"})
		return w
	},
	StateStopping: func(t *testing.T) *world {
		w := boot(t, service_("db"), service_("x", manual))
		w.unborn = true
		w.step(Start{Name: "x"}, Stop{Name: "x"})
		return w
	},
}

// launching is for the events of a launch: x has no health check, and orders to
// carry out.
var launching = map[State]func(t *testing.T) *world{
	StateStarting: func(t *testing.T) *world {
		w := boot(t, service_("db"), service_("x", manual))
		w.orders = true
		w.step(Start{Name: "x"})
		return w
	},
	StateStopping: func(t *testing.T) *world {
		w := boot(t, service_("db"), service_("x", manual))
		w.orders = true
		w.deaf["x"] = true
		w.step(Start{Name: "x"})
		w.step(Stop{Name: "x"})
		return w
	},
}

// probe gives the outcome of a probe of x.
func (w *world) probe(good bool) {
	v, _ := w.core.View("x", w.now)
	ev := Probed{Name: "x", Gen: v.Gen}
	if !good {
		ev.Err = "connection refused"
	}
	w.step(ev)
}

// table is what each row of the table in doc.go does to x.
var table = map[string]func(w *world, x View){
	"wanted, allowed":     func(w *world, x View) { w.want(x, true) },
	"wanted, not allowed": func(w *world, x View) { w.step(Stop{Name: "db"}); w.want(x, true) },
	"not wanted":          func(w *world, _ View) { w.step(Stop{Name: "x"}) },
	"start by hand":       func(w *world, _ View) { w.step(Start{Name: "x"}) },
	"spawned":             func(w *world, x View) { w.step(Spawned{Name: "x", Gen: x.Gen, Pid: 9, Ticks: 9}) },
	"spawn failed":        func(w *world, x View) { w.step(SpawnFailed{Name: "x", Gen: x.Gen, Why: "no such file"}) },
	"spawned, launching": func(w *world, x View) {
		w.step(Spawned{Name: "x", Gen: x.Gen, Pid: 9, Ticks: 9, Launching: true})
	},
	"launched":            func(w *world, x View) { w.step(Launched{Name: "x", Gen: x.Gen}) },
	"launch failed":       func(w *world, x View) { w.step(Launched{Name: "x", Gen: x.Gen, Why: "no such group"}) },
	"notified":            func(w *world, x View) { w.step(Notified{Name: "x", Gen: x.Gen, Phase: PhaseReloading}) },
	"exited, group gone":  func(w *world, x View) { w.step(Exited{Pid: x.Pid, Status: Status{Code: 1}}) },
	"exited, others left": func(w *world, x View) { w.lasting = true; w.step(Exited{Pid: x.Pid, Left: true}) },
	"probe good":          func(w *world, _ View) { w.probe(true) },
	"probe bad":           func(w *world, _ View) { w.probe(false) },
	"deadline":            func(w *world, _ View) { w.wait(30 * time.Second) },
}

// want makes the wish for x without the words of a start by hand.
func (w *world) want(x View, up bool) {
	switch x.State {
	case StateBlocked:
		w.wait(time.Second)
	case StateInactive:
		s := w.core.svc["x"]
		s.Up = up
		w.core.dirty.push(s)
		w.step(Tick{})
	}
}

func TestDocTable(t *testing.T) {
	rows, heads := docTable(t)
	if len(rows) != len(table) {
		t.Fatalf("doc.go has %d rows, this test %d", len(rows), len(table))
	}
	for event, cells := range rows {
		for i, cell := range cells {
			t.Run(event+"/"+heads[i], func(t *testing.T) { walk(t, State(heads[i]), event, cell) })
		}
	}
}

// walk does one event in one state and compares with the cell.
func walk(t *testing.T, from State, event, cell string) {
	enter := inState[from]
	if unborn[from] != nil && strings.HasPrefix(event, "spawn") {
		enter = unborn[from]
	}
	if launching[from] != nil && strings.HasPrefix(event, "launch") {
		enter = launching[from]
	}
	w := enter(t)
	w.is(map[string]State{"x": from})
	x, _ := w.core.View("x", w.now)
	w.changes = nil
	table[event](w, x)
	first := firstRest(w.path("x"))
	switch cell {
	case ".":
		if first != "" {
			t.Errorf("became %s, want no change", w.path("x"))
		}
	case "policy":
		if first != StateExited && first != StateBlocked && first != StateFailed {
			t.Errorf("became %s, want what the policy says", w.path("x"))
		}
	default:
		if first != State(cell) {
			t.Errorf("became %s, want %s", w.path("x"), cell)
		}
	}
}

// firstRest is the first state of a path, the passage through blocked apart.
func firstRest(path []State) State {
	if len(path) == 0 {
		return ""
	}
	if path[0] == StateBlocked && len(path) > 1 && path[1] == StateStarting {
		return StateStarting
	}
	return path[0]
}

// docTable reads the table out of doc.go.
func docTable(t *testing.T) (rows map[string][]string, heads []string) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows = map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "//\t")
		cells := strings.Split(line, "|")
		if !ok || len(cells) != 8 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "event" {
			heads = cells[1:]
		} else {
			rows[cells[0]] = cells[1:]
		}
	}
	return rows, heads
}
