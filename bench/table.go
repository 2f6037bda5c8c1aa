package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"
)

// table gathers measurements, several of each.
type table struct {
	rows []*row
}

// row is one measurement, with a value a run.
type row struct {
	name, unit string
	values     []float64
}

func (t *table) note(name, unit string, value float64) {
	for _, r := range t.rows {
		if r.name == name && r.unit == unit {
			r.values = append(r.values, value)
			return
		}
	}
	t.rows = append(t.rows, &row{name, unit, []float64{value}})
}

// print writes the medians, with the least and the greatest.
func (t *table) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "measurement\tmedian\tleast\tgreatest\tunit\truns\n")
	for _, r := range t.rows {
		slices.Sort(r.values)
		last := len(r.values) - 1
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\n", r.name, short(r.values[(last+1)/2]), short(r.values[0]), short(r.values[last]), r.unit, last+1)
	}
	return w.Flush()
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
