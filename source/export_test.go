package source_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/plotbeam/plotbeam/source"
)

// What the Remote Client exports reads back here as the same readings, by
// value; testdata/export.json is what its writer is held to.
func TestExportsReadBack(t *testing.T) {
	text, err := os.ReadFile("../testdata/export.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples map[string]struct {
		Tables []struct {
			Name, Unit string
			Times      []int64
			Values     []float64
		}
		CSV, NDJSON string
	}
	if err := json.Unmarshal(text, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) == 0 {
		t.Fatal("there are no examples")
	}
	for name, example := range examples {
		for form, written := range map[source.Format]string{source.CSV: example.CSV, source.JSON: example.NDJSON} {
			t.Run(name+" as "+string(form), func(t *testing.T) {
				s := read(t, source.Auto, strings.NewReader(written))
				if s.reasons() != "" || len(s.formats) != 1 || s.formats[0] != form {
					t.Errorf("found %v, skipped %s", s.formats, s.reasons())
				}
				left := len(s.readings)
				for _, table := range example.Tables {
					n := 0
					for _, r := range s.readings {
						if r.Series != table.Name {
							continue
						}
						if n == len(table.Values) {
							t.Fatalf("%q has more than %d readings", table.Name, n)
						}
						if r.Unit != table.Unit || r.Time.UnixMicro() != table.Times[n] || r.Value != table.Values[n] {
							t.Errorf("reading %d of %q is %+v, want %v%s at %d", n, table.Name, r, table.Values[n], table.Unit, table.Times[n])
						}
						n++
					}
					if n != len(table.Values) {
						t.Errorf("%q has %d readings, want %d", table.Name, n, len(table.Values))
					}
					left -= n
				}
				if left != 0 {
					t.Errorf("%d readings are of no series that was exported", left)
				}
			})
		}
	}
}
