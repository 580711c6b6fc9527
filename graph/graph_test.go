package graph

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// shop is the picture of the README, with a name that nobody defines.
func shop() *Graph {
	return New(slices.Values([]Node{
		{Name: "worker", Requires: []string{"app", "database"}, Wants: []string{"metrics"}},
		{Name: "app", Requires: []string{"database"}, After: []string{"logger", "logger"}},
		{Name: "database", Conflicts: []string{"backup", "old"}},
		{Name: "logger"},
		{Name: "backup"},
		{Name: "all", Requires: []string{"worker", "app"}},
	}))
}

func TestNeighbours(t *testing.T) {
	g := shop()
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"names", g.Names(), []string{"all", "app", "backup", "database", "logger", "worker"}},
		{"sorted", g.Out("all", Requires), []string{"app", "worker"}},
		{"doubles", g.Out("app", After), []string{"logger"}},
		{"dependents", g.In("database", Requires), []string{"app", "worker"}},
		{"of an undefined name", g.In("metrics", Wants), []string{"worker"}},
		{"conflict of the one that says so", g.Out("database", Conflicts), []string{"backup", "old"}},
		{"conflict of the other", g.Out("backup", Conflicts), []string{"database"}},
		{"conflict of an undefined name", g.In("old", Conflicts), []string{"database"}},
		{"nobody", g.Out("nobody", Requires), nil},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
	if !g.Has("app") || g.Has("metrics") || g.Has("nobody") {
		t.Error("Has does not tell defined names from others")
	}
}

func TestNewKeepsItsInput(t *testing.T) {
	requires := []string{"b", "a", "b"}
	New(slices.Values([]Node{{Name: "x", Requires: requires}}))
	if !slices.Equal(requires, []string{"b", "a", "b"}) {
		t.Errorf("the caller's slice is now %v", requires)
	}
}

func TestClosure(t *testing.T) {
	g := shop()
	for _, c := range []struct {
		name  string
		from  []string
		out   bool
		kinds []Kind
		want  string
	}{
		{"what it needs", []string{"worker"}, true, []Kind{Requires, Wants}, "worker app database metrics"},
		{"who needs it", []string{"database"}, false, []Kind{Requires}, "database app worker all"},
		{"several", []string{"logger", "app", "logger"}, false, []Kind{After}, "logger app"},
		{"no kinds", []string{"app"}, true, nil, "app"},
		{"nobody", []string{"nobody"}, true, []Kind{Requires}, "nobody"},
	} {
		got := strings.Join(slices.Collect(g.Closure(c.from, c.out, c.kinds...)), " ")
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	for name := range g.Closure([]string{"all"}, true, Requires) {
		if name != "all" {
			t.Fatalf("the walk begins with %s", name)
		}
		break
	}
}

func TestOrder(t *testing.T) {
	g := shop()
	if got := strings.Join(g.Order(), " "); got != "backup database logger app worker all" {
		t.Errorf("order is %s", got)
	}
	if got := strings.Join(g.StopOrder(), " "); got != "all worker app logger database backup" {
		t.Errorf("stop order is %s", got)
	}
	if got := strings.Join(fromEdges("z>a b>c").Order(), " "); got != "a c b z" {
		t.Errorf("a wave is not sorted: %s", got)
	}
}

func TestCycles(t *testing.T) {
	for _, c := range []struct{ name, edges, want string }{
		{"none", "a>b b>c a>c", ""},
		{"self", "a>a", "a: a a"},
		{"pair", "b>a a>b", "a b: a b a"},
		{"ring", "c>a a>b b>c", "a b c: a b c a"},
		{"shortest ring", "a>b b>c c>a a>d d>a", "a b c d: a d a"},
		{"two", "y>x x>y b>a a>b a>x", "a b: a b a|x y: x y x"},
		{"behind one", "a>b b>c c>b", "b c: b c b"},
		{"undefined name", "a>ghost! ghost!>a", ""},
	} {
		var got []string
		for _, cycle := range fromEdges(c.edges).Cycles() {
			got = append(got, strings.Join(cycle.Members, " ")+": "+strings.Join(cycle.Ring, " "))
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, strings.Join(got, "|"), c.want)
		}
	}
}

// fromEdges makes a graph of "a>b b>c": a requires b and so on. Names with ! stay
// undefined.
func fromEdges(text string) *Graph {
	nodes := map[string]*Node{}
	node := func(name string) *Node {
		if nodes[name] == nil {
			nodes[name] = &Node{Name: name}
		}
		return nodes[name]
	}
	for edge := range strings.FieldsSeq(text) {
		from, to, _ := strings.Cut(edge, ">")
		node(to)
		node(from).Requires = append(node(from).Requires, to)
	}
	maps.DeleteFunc(nodes, func(name string, _ *Node) bool { return strings.HasSuffix(name, "!") })
	return New(func(yield func(Node) bool) {
		for _, n := range nodes {
			if !yield(*n) {
				return
			}
		}
	})
}

// random makes nodes out of a seed; some of their edges lead to nobody.
func random(r *rand.Rand, n, edges int) []Node {
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i].Name = fmt.Sprint("n", i)
	}
	for range edges {
		from, to := &nodes[r.IntN(n)], fmt.Sprint("n", r.IntN(n+1))
		switch Kind(r.IntN(int(kinds))) {
		case Requires:
			from.Requires = append(from.Requires, to)
		case After:
			from.After = append(from.After, to)
		case Wants:
			from.Wants = append(from.Wants, to)
		default:
			from.Conflicts = append(from.Conflicts, to)
		}
	}
	return nodes
}

// reach is the dumb version of everything: who is reached from whom over requires
// and after in one step or more.
func reach(nodes []Node) map[string]map[string]bool {
	r := map[string]map[string]bool{}
	for _, n := range nodes {
		r[n.Name] = map[string]bool{}
	}
	for _, n := range nodes {
		for _, to := range slices.Concat(n.Requires, n.After) {
			if r[to] != nil {
				r[n.Name][to] = true
			}
		}
	}
	for via := range r {
		for from := range r {
			if r[from][via] {
				maps.Copy(r[from], r[via])
			}
		}
	}
	return r
}

// agree compares a graph with the dumb version of it.
func agree(t *testing.T, nodes []Node) {
	t.Helper()
	g, r := New(slices.Values(nodes)), reach(nodes)
	members := map[string]bool{}
	for _, c := range g.Cycles() {
		for _, a := range c.Members {
			if members[a] {
				t.Errorf("%s is in two cycles", a)
			}
			members[a] = true
			for _, b := range c.Members {
				if !r[a][b] {
					t.Errorf("%s and %s are in one cycle, but no way leads there", a, b)
				}
			}
		}
		checkRing(t, g, c)
	}
	for name := range r {
		if r[name][name] != members[name] {
			t.Errorf("%s in a cycle: got %v, want %v", name, members[name], r[name][name])
		}
	}
	checkOrder(t, g.Order(), r)
	checkClosures(t, g, r)
}

// checkRing looks whether every step of a ring is an edge.
func checkRing(t *testing.T, g *Graph, c Cycle) {
	t.Helper()
	if c.Ring[0] != c.Members[0] || c.Ring[len(c.Ring)-1] != c.Ring[0] {
		t.Errorf("ring %v of %v", c.Ring, c.Members)
	}
	for i, to := range c.Ring[1:] {
		from := c.Ring[i]
		if !slices.Contains(g.Out(from, Requires), to) && !slices.Contains(g.Out(from, After), to) {
			t.Errorf("ring %v: no edge from %s to %s", c.Ring, from, to)
		}
	}
}

func checkOrder(t *testing.T, order []string, r map[string]map[string]bool) {
	t.Helper()
	if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(maps.Keys(r))) {
		t.Errorf("order %v misses names or doubles them", order)
	}
	for i, early := range order {
		for _, late := range order[i+1:] {
			if r[early][late] && !r[late][late] && !r[early][early] {
				if behind(r, early) {
					continue // what is behind a cycle has no order
				}
				t.Errorf("%s comes before %s, which it needs", early, late)
			}
		}
	}
}

// behind says whether a name reaches a cycle.
func behind(r map[string]map[string]bool, name string) bool {
	for to := range r[name] {
		if r[to][to] {
			return true
		}
	}
	return false
}

func checkClosures(t *testing.T, g *Graph, r map[string]map[string]bool) {
	t.Helper()
	for name := range r {
		got := map[string]bool{}
		for to := range g.Closure([]string{name}, true, Requires, After) {
			if got[to] {
				t.Errorf("closure of %s gives %s twice", name, to)
			}
			got[to] = g.Has(to)
		}
		want := maps.Clone(r[name])
		want[name] = true
		maps.DeleteFunc(got, func(_ string, known bool) bool { return !known })
		if !reflect.DeepEqual(got, want) {
			t.Errorf("closure of %s: got %v, want %v", name, got, want)
		}
	}
}

func TestAgreesWithTheDumbVersion(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := 1 + r.IntN(12)
		agree(t, random(r, n, r.IntN(3*n)))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestAnswersAreTheSameEachTime(t *testing.T) {
	nodes := random(rand.New(rand.NewPCG(7, 7)), 60, 200)
	first := New(slices.Values(nodes))
	slices.Reverse(nodes)
	second := New(slices.Values(nodes))
	if !reflect.DeepEqual(first.Cycles(), second.Cycles()) || !slices.Equal(first.Order(), second.Order()) {
		t.Error("cycles or order depend on the order of the nodes")
	}
}

func FuzzGraph(f *testing.F) {
	f.Add([]byte{0, 1, 1, 2, 2, 0})
	f.Add([]byte{3, 3, 0, 9, 17, 4})
	f.Fuzz(func(t *testing.T, edges []byte) {
		nodes := make([]Node, 9)
		for i := range nodes {
			nodes[i].Name = fmt.Sprint("n", i)
		}
		for i := 0; i+1 < len(edges) && i < 64; i += 2 {
			from, to := &nodes[int(edges[i])%len(nodes)], fmt.Sprint("n", edges[i+1]%10)
			if edges[i] >= 128 {
				from.After = append(from.After, to)
			} else {
				from.Requires = append(from.Requires, to)
			}
		}
		agree(t, nodes)
	})
}

// chain is n names, each of which requires the one before.
func chain(n int) []Node {
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i].Name = fmt.Sprintf("n%05d", i)
		if i > 0 {
			nodes[i].Requires = []string{nodes[i-1].Name}
		}
	}
	return nodes
}

// star is a target that requires n others.
func star(n int) []Node {
	nodes := make([]Node, n+1)
	for i := range n {
		nodes[i].Name = fmt.Sprintf("n%05d", i)
		nodes[n].Requires = append(nodes[n].Requires, nodes[i].Name)
	}
	nodes[n].Name = "all"
	return nodes
}

func TestLongChain(t *testing.T) {
	nodes := chain(10_000)
	g := New(slices.Values(nodes))
	order := g.Order()
	if order[0] != "n00000" || order[9_999] != "n09999" || len(g.Cycles()) != 0 {
		t.Error("a chain of 10 000 has a wrong order or a cycle")
	}
	nodes[0].Requires = []string{"n09999"}
	cycles := New(slices.Values(nodes)).Cycles()
	if len(cycles) != 1 || len(cycles[0].Ring) != 10_001 {
		t.Error("a ring of 10 000 is not found")
	}
}

func BenchmarkNew(b *testing.B)    { bench(b, func(nodes []Node, _ *Graph) { New(slices.Values(nodes)) }) }
func BenchmarkCycles(b *testing.B) { bench(b, func(_ []Node, g *Graph) { g.Cycles() }) }
func BenchmarkOrder(b *testing.B)  { bench(b, func(_ []Node, g *Graph) { g.Order() }) }
func BenchmarkClosure(b *testing.B) {
	bench(b, func(_ []Node, g *Graph) {
		for range g.Closure(g.Names()[:1], false, Requires) {
		}
	})
}

func bench(b *testing.B, do func([]Node, *Graph)) {
	for _, c := range []struct {
		name  string
		nodes []Node
	}{{"chain10000", chain(10_000)}, {"star2000", star(2_000)}} {
		b.Run(c.name, func(b *testing.B) {
			g := New(slices.Values(c.nodes))
			for b.Loop() {
				do(c.nodes, g)
			}
		})
	}
}
