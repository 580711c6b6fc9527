package procfs

import (
	"slices"
	"testing"
)

// family is a table: 5 has the children 6 and 7, and 7 has 8; 9 and 10 hold each other.
func family() Table {
	return Table{
		1: {Pid: 1}, 5: {Pid: 5, Ppid: 1, Pgid: 5}, 6: {Pid: 6, Ppid: 5, Pgid: 5, State: 'Z'}, 7: {Pid: 7, Ppid: 5, Pgid: 5},
		8: {Pid: 8, Ppid: 7, Pgid: 8}, 9: {Pid: 9, Ppid: 10}, 10: {Pid: 10, Ppid: 9}, 11: {Pid: 11, Ppid: 99},
	}
}

func TestDescends(t *testing.T) {
	for name, c := range map[string]struct {
		pid, from int
		want      bool
	}{
		"child":             {6, 5, true},
		"grandchild":        {8, 5, true},
		"itself":            {5, 5, false},
		"parent":            {5, 8, false},
		"ring":              {9, 5, false},
		"parent is missing": {11, 5, false},
		"nobody":            {99, 5, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := family().Descends(c.pid, c.from); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestGroup(t *testing.T) {
	if got := family().Group(5); !slices.Equal(got, []int{5, 7}) {
		t.Errorf("got %v, want those that live", got)
	}
}

func TestTableChildren(t *testing.T) {
	below := family().Children()
	slices.Sort(below[5])
	if !slices.Equal(below[5], []int{6, 7}) || !slices.Equal(below[7], []int{8}) || below[8] != nil {
		t.Errorf("got %v", below)
	}
}
