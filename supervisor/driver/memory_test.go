package driver

import (
	"testing"

	"zinit/supervisor"
)

// Memory is given back once a burst, when all is quiet, and not for little work.
func TestMemoryIsGivenBackOnce(t *testing.T) {
	var m memory
	now := supervisor.Instant(0).Add(silence)
	m.used(now, many-1)
	if _, due := m.due(); due {
		t.Error("it is due after little work")
	}
	m.used(now, 1)
	at, due := m.due()
	if !due || at != now.Add(silence) {
		t.Errorf("it is due at %v (%v), want %v", at, due, now.Add(silence))
	}
	m.rest(at - 1)
	if _, due := m.due(); !due {
		t.Error("it did not wait for the silence")
	}
	m.rest(at)
	if _, due := m.due(); due {
		t.Error("it is due again without any work")
	}
}
