package zinit

import (
	"fmt"
	"strings"

	"zinit/rpc"
)

func (s *session) treeCommand() *command {
	return &command{
		name:      "tree",
		usage:     "show what services require, as a tree",
		arguments: "[NAME]",
		description: "Without a name: everything, from the services that no other one needs. A line under a\n" +
			"service is what it requires; what it only wants, starts after or conflicts with is marked.\n" +
			"A service that was shown with its branches before is marked with a star.",
		options: []*option{jsonFlag()},
		run:     s.tree,
	}
}

func (s *session) tree(c *commandLine) error {
	if len(c.names) > 1 {
		return tooMany(c, 1)
	}
	name := c.first()
	nodes, err := ask(s, c, answerLimit, (*rpc.Client).Tree, name)
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(array(nodes))
	}
	if len(nodes) == 0 {
		fmt.Fprintln(s.out, "no services")
		return nil
	}
	f := newForest(nodes)
	if name != "" {
		s.showTree(f, name)
		return nil
	}
	for _, root := range f.roots() {
		s.showTree(f, root)
	}
	for _, node := range nodes { // rings of wants have no root
		if !f.shown[node.Name] {
			s.showTree(f, node.Name)
		}
	}
	return nil
}

// forest is what is to be shown, and what has been.
type forest struct {
	nodes []rpc.TreeNode
	named map[string]rpc.TreeNode
	shown map[string]bool // with its branches
}

func newForest(nodes []rpc.TreeNode) *forest {
	f := &forest{nodes: nodes, named: make(map[string]rpc.TreeNode, len(nodes)), shown: make(map[string]bool, len(nodes))}
	for _, node := range nodes {
		f.named[node.Name] = node
	}
	return f
}

// roots are the services that no other one requires or wants.
func (f *forest) roots() []string {
	needed := make(map[string]bool, len(f.nodes))
	for _, node := range f.nodes {
		for _, name := range node.Requires {
			needed[name] = true
		}
		for _, name := range node.Wants {
			needed[name] = true
		}
	}
	var roots []string
	for _, node := range f.nodes {
		if !needed[node.Name] {
			roots = append(roots, node.Name)
		}
	}
	return roots
}

// twig is a line to be printed: a service below another one.
type twig struct {
	name  string
	mark  string // how the one above needs it; empty for requires
	depth int
	last  bool // of those below the same service
}

// below are the twigs of a service.
func (f *forest) below(name string, depth int) []twig {
	node := f.named[name]
	var twigs []twig
	add := func(mark string, names []string) {
		for _, name := range names {
			twigs = append(twigs, twig{name: name, mark: mark, depth: depth})
		}
	}
	add("", node.Requires)
	add("wants", node.Wants)
	add("after", node.After)
	add("conflicts", node.Conflicts)
	if len(twigs) > 0 {
		twigs[len(twigs)-1].last = true
	}
	return twigs
}

// showTree prints a service and all below it. Each service has its branches shown
// once, so the work is linear; the stack is a slice, so depth costs nothing.
func (s *session) showTree(f *forest, root string) {
	stack := []twig{{name: root}}
	var open []bool // by depth: another twig follows at that level
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		open = append(open[:min(t.depth, len(open))], !t.last)
		star := s.showTwig(f, t, open)
		if star || t.mark == "after" || t.mark == "conflicts" {
			continue
		}
		f.shown[t.name] = true
		twigs := f.below(t.name, t.depth+1)
		for i := len(twigs) - 1; i >= 0; i-- {
			stack = append(stack, twigs[i])
		}
	}
}

// showTwig prints one line and says whether the branches below it were shown before.
func (s *session) showTwig(f *forest, t twig, open []bool) (star bool) {
	node, known := f.named[t.name]
	line := margin(t, open) + t.name
	switch {
	case !known:
		line += " " + s.paint(red, "missing")
	case node.Kind == "target":
		line += " " + s.paint(stateColor(node.State), node.State) + ", target"
	default:
		line += " " + s.paint(stateColor(node.State), node.State)
	}
	if t.mark != "" {
		line += " (" + t.mark + ")"
	}
	branches := len(node.Requires)+len(node.Wants)+len(node.After)+len(node.Conflicts) > 0
	star = f.shown[t.name]
	if star && branches && t.mark != "after" && t.mark != "conflicts" {
		line += " *"
	}
	fmt.Fprintln(s.out, line)
	return star
}

// margin draws the lines to the left of a twig.
func margin(t twig, open []bool) string {
	if t.depth == 0 {
		return ""
	}
	var b strings.Builder
	if t.depth > deepest+1 {
		fmt.Fprintf(&b, "[%d] ", t.depth)
	}
	for depth := 1; depth < min(t.depth, deepest+1); depth++ {
		if open[depth] {
			b.WriteString("│  ")
		} else {
			b.WriteString("   ")
		}
	}
	if t.last {
		return b.String() + "└─ "
	}
	return b.String() + "├─ "
}
