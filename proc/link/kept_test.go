package link

import (
	"fmt"
	"slices"
	"testing"
)

func TestKept(t *testing.T) {
	var k Kept
	for _, step := range []struct {
		name    string
		fd      int // 0: dropped
		surplus []int
		names   string
	}{
		{"notify", 0, nil, ""},
		{"notify", 10, nil, "notify"},
		{"log", 11, nil, "notify:log"},
		{"notify", 12, []int{10}, "log:notify"},
		{"a:b", 13, []int{13}, "log:notify"},
		{"log", 0, []int{11}, "notify"},
		{"log", 14, nil, "notify:log"},
	} {
		surplus := []int(nil)
		if step.fd == 0 {
			surplus = k.Drop(step.name)
		} else {
			surplus = k.Keep(step.name, step.fd)
		}
		if !slices.Equal(surplus, step.surplus) || k.Names() != step.names {
			t.Fatalf("%+v: %v is left over, %q kept", step, surplus, k.Names())
		}
	}
	for i, name := range []string{"notify", "log"} {
		if fd, ok := KeptAs(k.Names(), name); !ok || fd != firstKept+i || k.Files()[i] != 12+2*i {
			t.Errorf("%s is %d %v in %v", name, fd, ok, k.Files())
		}
	}
	for _, names := range []string{"", "notify:log", ":"} {
		if fd, ok := KeptAs(names, "other"); ok {
			t.Errorf("%q has it: %d", names, fd)
		}
	}
}

// However many come, a server gets no more than a handful.
func TestKeptIsBounded(t *testing.T) {
	var k Kept
	closed := 0
	for fd := range 100 {
		closed += len(k.Keep(fmt.Sprint("name", fd), fd))
	}
	if len(k.Files()) != keptMost || closed != 100-keptMost {
		t.Errorf("%d are kept, %d are left over", len(k.Files()), closed)
	}
}
