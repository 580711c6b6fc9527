package supervisor

import (
	"slices"
	"testing"

	"zinit/configs"
)

func on(tty string) func(*configs.Service) {
	return func(s *configs.Service) { s.TTY = tty }
}

// returned is what is to be given back of terminals; nil: nobody's end is awaited.
func returned(ready Ready) (ttys []string) {
	for _, action := range ready.Do {
		if a, ok := action.(Await); ok {
			ttys = append(ttys, a.TTY)
		}
	}
	return ttys
}

// end ends a service's process, and gives what is to be given back.
func (w *world) end(name string, ev Exited) []string {
	v, _ := w.core.View(name, w.now)
	ev.Pid = v.Pid
	delete(w.procs, v.Pid)
	ready := w.core.Step(w.now, ev)
	w.obey(ready)
	w.run()
	return returned(ready)
}

// An incarnation with a terminal is not over before that is given back, however it ends.
func TestTerminalIsAwaited(t *testing.T) {
	for name, c := range map[string]struct {
		stop   bool
		exit   Exited
		tty    string
		awaits []string
		after  State
	}{
		"it ends":                     {false, Exited{Status: Status{Code: 1}}, "/dev/tty1", []string{"/dev/tty1"}, StateBlocked},
		"it ends well":                {false, Exited{}, "/dev/tty1", []string{"/dev/tty1"}, StateExited},
		"it leaves somebody":          {false, Exited{Status: Status{Code: 1}, Left: true}, "/dev/tty1", []string{"/dev/tty1"}, StateBlocked},
		"it is stopped":               {true, Exited{Status: Status{Signal: 15}}, "/dev/tty1", []string{"/dev/tty1"}, StateExited},
		"it is stopped, all are gone": {true, Exited{Status: Status{Signal: 15}, Gone: true}, "/dev/tty1", []string{"/dev/tty1"}, StateExited},
		"without one":                 {false, Exited{Status: Status{Code: 1}}, "", nil, StateBlocked},
		"without one, stopped":        {true, Exited{Status: Status{Signal: 15}, Gone: true}, "", nil, StateExited},
	} {
		t.Run(name, func(t *testing.T) {
			w := boot(t, service_("x", on(c.tty)))
			w.lasting, w.stiff = true, true
			if c.stop {
				w.step(Stop{Name: "x"})
			}
			if got := w.end("x", c.exit); !slices.Equal(got, c.awaits) {
				t.Errorf("given back is %q, want %q", got, c.awaits)
			}
			if c.awaits != nil {
				w.is(states{"x": StateStopping})
				_, ready := New(configs.Set{}, []Record{w.saved["x"]}, w.sys, w.now)
				if got := returned(ready); !slices.Equal(got, c.awaits) {
					t.Errorf("after a crash %q, want %q", got, c.awaits)
				}
				w.step(GroupGone{Name: "x", Gen: 1})
			}
			w.is(states{"x": c.after})
		})
	}
}

// What another one lives on is not given back, but for the last one.
func TestTerminalOfTwo(t *testing.T) {
	w := boot(t, service_("x", on("/dev/tty1")), service_("y", on("/dev/tty1")), service_("z", on("/dev/tty2")))
	w.lasting = true
	if got := w.end("x", Exited{}); !slices.Equal(got, []string{""}) {
		t.Errorf("the first one gives back %q", got)
	}
	if got := w.end("y", Exited{}); !slices.Equal(got, []string{"/dev/tty1"}) {
		t.Errorf("the second one gives back %q", got)
	}
}

// Who takes a terminal while something is left of its former owner keeps it when that
// is gone too.
func TestTerminalIsTaken(t *testing.T) {
	w := boot(t, service_("x", on("/dev/tty1")), service_("y", on("/dev/tty1"), manual), service_("z", manual))
	w.lasting, w.stiff = true, true
	if got := w.end("x", Exited{Left: true, Status: Status{Code: 1}}); !slices.Equal(got, []string{"/dev/tty1"}) {
		t.Errorf("the first one gives back %q", got)
	}
	for name, want := range map[string][]string{"y": {""}, "z": nil} {
		ready := w.core.Step(w.now, Start{Name: name})
		if got := returned(ready); !slices.Equal(got, want) {
			t.Errorf("with %s it gives back %q, want %q", name, got, want)
		}
		w.obey(ready)
		w.run()
	}
	w.is(states{"x": StateStopping, "y": StateRunning})
}

// A terminal is given back by the definition that the process was started with.
func TestTerminalOfFormerDefinition(t *testing.T) {
	w := boot(t, service_("x", on("/dev/tty1")))
	w.lasting, w.stiff = true, true
	w.step(Reload{Set: configs.Set{Services: []*configs.Service{service_("x", on("/dev/tty2"))}}})
	if got := w.end("x", Exited{}); !slices.Equal(got, []string{"/dev/tty1"}) {
		t.Errorf("given back is %q", got)
	}
}
