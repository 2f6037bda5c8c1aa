package house_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/plotbeam/plotbeam"
)

// mayImport says which packages of ours each package may import; "." is the
// root. What is below cmd/plotbeam may import everything.
var mayImport = map[string][]string{
	".":                {},
	"turnserver":       {},
	"web":              {},
	"stream":           {"."},
	"source":           {"."},
	"session":          {".", "stream"},
	"link":             {".", "stream"},
	"device":           {".", "stream", "link", "session"},
	"viewer":           {".", "stream", "link", "session"},
	"doctor":           {".", "link", "session", "device", "viewer"},
	"hub":              {".", "stream"},
	"peerjs":           {".", "hub"},
	"internal/house":   {},
	"internal/browser": {},
	"internal/lab":     {".", "stream", "link", "session", "device", "viewer", "hub", "turnserver", "source", "web", "doctor", "peerjs"},
}

// livesIn says which package alone imports a module, with all below it. An
// import of a test is free.
var livesIn = map[string][]string{
	"github.com/pion/webrtc":        {"link"},
	"github.com/pion/ice":           {"link"},
	"github.com/pion/datachannel":   {"link"},
	"github.com/pion/interceptor":   {"link"},
	"github.com/pion/transport":     {"link", "internal/lab"},               // the lab simulates it
	"github.com/pion/logging":       {"link", "internal/lab", "turnserver"}, // to silence it
	"github.com/pion/stun":          {"turnserver", "link"},
	"github.com/pion/turn":          {"turnserver"},
	"github.com/nats-io":            {"hub"},
	"github.com/coder/websocket":    {"session"},
	"github.com/gobwas/ws":          {"hub"},
	"golang.org/x/time":             {"hub"},
	"rsc.io/qr":                     {"web"},
	"github.com/klauspost/compress": {"web"},
	"github.com/gofrs/flock":        {"cmd/plotbeam"},
	"golang.org/x/term":             {"cmd/plotbeam"},
	"golang.org/x/sys":              {"cmd/plotbeam"},
	"github.com/chromedp":           {}, // tests only
	"github.com/rogpeppe":           {}, // tests only
}

// violation says what is wrong with an import, or nothing.
func violation(pkg, imported string) string {
	if rest, ours := strings.CutPrefix(imported, module); ours {
		target := strings.TrimPrefix(rest, "/")
		if target == "" {
			target = "."
		}
		if strings.HasPrefix(pkg, "cmd/") {
			return ""
		}
		allowed, known := mayImport[pkg]
		if !known {
			return fmt.Sprintf("package %s is not in the table: say what it may import", pkg)
		}
		if !slices.Contains(allowed, target) {
			return fmt.Sprintf("%s imports %s, and may import only %v", pkg, target, allowed)
		}
		return ""
	}
	if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
		return "" // the standard library
	}
	for prefix, homes := range livesIn {
		if imported != prefix && !strings.HasPrefix(imported, prefix+"/") {
			continue
		}
		for _, home := range homes {
			if pkg == home || strings.HasPrefix(pkg, home+"/") {
				return ""
			}
		}
		return fmt.Sprintf("%s imports %s, which lives in %v", pkg, imported, homes)
	}
	return fmt.Sprintf("%s imports %s, which has no home in the table", pkg, imported)
}

// files calls visit for every file of the main module.
func files(t *testing.T, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case ".git", "node_modules", "dist", "testdata", "bench", "tools":
				return fs.SkipDir
			}
			return nil
		}
		visit(name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImports(t *testing.T) {
	checked := 0
	files(t, func(name string) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			checked++
			if wrong := violation(path.Dir(filepath.ToSlash(relative)), imported); wrong != "" {
				t.Errorf("%s: %s", relative, wrong)
			}
		}
	})
	if checked < 100 {
		t.Errorf("only %d imports were found: does this test still see the repository?", checked)
	}
}

// The checker itself can say no.
func TestViolations(t *testing.T) {
	for _, bad := range [][2]string{
		{"hub", module + "/device"},
		{".", module + "/stream"},
		{"hub", "github.com/pion/webrtc/v4"},
		{"device", "github.com/coder/websocket"},
		{"stream", "github.com/unheard/of"},
		{"newcomer", module},
	} {
		if violation(bad[0], bad[1]) == "" {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
	for _, good := range [][2]string{
		{"hub", module}, {"hub", "net/http"}, {"cmd/plotbeam", module + "/hub"}, {"link", "github.com/pion/webrtc/v4"},
	} {
		if wrong := violation(good[0], good[1]); wrong != "" {
			t.Error(wrong)
		}
	}
}

const longest = 600 // lines of a file

func TestFiles(t *testing.T) {
	ownerless := regexp.MustCompile(`\bTO` + `DO\b([^(]|$)`)
	files(t, func(name string) {
		switch filepath.Ext(name) {
		case ".go", ".ts", ".css", ".html":
		default:
			return
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n > longest {
			t.Errorf("%s has %d lines, over %d: is it still one thought?", name, n, longest)
		}
		if ownerless.Match(text) {
			t.Errorf("%s has something to do and nobody who does it", name)
		}
	})
}
