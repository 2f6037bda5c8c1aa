package source

import (
	"math"
	"strings"
)

// senmlAbsolute is the smallest time of SenML (RFC 8428) that counts from
// 1970; smaller ones count from now.
const senmlAbsolute = 1 << 28

// jsonParser reads a JSON value a line: an object of numbers, nested ones
// with their names joined by dots; an array of numbers; a bare number; or
// records that name their series (n, name or series; v or value; u or unit;
// t), one or several in an array, as SenML and plotbeam itself write them.
// True is 1, false is 0, null is no reading.
type jsonParser struct {
	scan jsonScanner
	base senmlBase
}

// senmlBase is what a SenML record hands on to those behind it on its line.
type senmlBase struct {
	name []byte  // bn
	unit []byte  // bu
	time float64 // bt
}

func (p *jsonParser) parse(line []byte, r *row) (unfit string) {
	if err := p.scan.scan(line); err != nil {
		return err.Error()
	}
	members := p.scan.members
	if len(members) == 0 {
		return "there is no number in it"
	}
	p.base = senmlBase{}
	arrived := r.micros
	for from := 0; from < len(members); {
		to := from + 1
		for to < len(members) && members[to].record == members[from].record {
			to++
		}
		r.setTime(arrived)
		p.put(members[from:to], r)
		from = to
	}
	return ""
}

func (p *jsonParser) name(m *member) []byte { return p.scan.names[m.from:m.to] }

// put puts the members of one object, of the array, or the bare number.
func (p *jsonParser) put(members []member, r *row) {
	if p.isRecord(members) {
		p.record(members, r)
		return
	}
	timed := -1
	for i := range members {
		m := &members[i]
		if timed < 0 && isTimeName(p.name(m)) {
			if micros, ok := memberTime(m); ok {
				timed = i
				r.setTime(micros)
			}
		}
	}
	alone := len(members) == 1 && p.scan.array && members[0].record == 0 && string(p.name(&members[0])) == "1"
	for i := range members {
		m := &members[i]
		switch {
		case i == timed || m.kind == nullMember:
		case m.kind == textMember:
			r.text(p.name(m))
		case alone:
			r.put(nil, m.number, nil)
		default:
			r.put(p.name(m), m.number, nil)
		}
	}
}

func memberTime(m *member) (micros int64, ok bool) {
	switch m.kind {
	case textMember:
		return parseTime(m.text)
	case numberMember:
		if m.number.kind == finite {
			return unixTime(m.number.value)
		}
	}
	return 0, false
}

// isRecord reports whether an object names its series and value instead of
// being names and values: it has a v or value, and nothing that a record has not.
func (p *jsonParser) isRecord(members []member) bool {
	valued := false
	for i := range members {
		m := &members[i]
		text := m.kind == textMember
		switch strings.ToLower(string(p.name(m))) {
		case "v", "value":
			if valued || text {
				return false
			}
			valued = true
		case "n", "name", "series", "u", "unit", "device", "bn", "bu":
			if !text {
				return false
			}
		case "t", "ts", "time", "timestamp", "datetime", "bt", "bver", "ut", "type":
		default:
			return false
		}
	}
	return valued
}

// record puts the one reading of a record.
func (p *jsonParser) record(members []member, r *row) {
	var name, unit []byte
	var value *member
	relative, micros, timed := 0.0, int64(0), false
	for i := range members {
		m := &members[i]
		switch strings.ToLower(string(p.name(m))) {
		case "v", "value":
			value = m
		case "n", "name", "series":
			name = m.text
		case "u", "unit":
			unit = m.text
		case "bn":
			p.base.name = m.text
		case "bu":
			p.base.unit = m.text
		case "bt":
			p.base.time = m.number.value
		case "t", "ts", "time", "timestamp", "datetime":
			if micros, timed = memberTime(m); !timed && m.kind == textMember {
				r.text(p.name(m))
			} else if !timed {
				relative = m.number.value
			}
		}
	}
	if !timed {
		micros, timed = senmlTime(p.base.time+relative, r.micros)
	}
	if timed {
		r.setTime(micros)
	}
	if value.kind == nullMember {
		return
	}
	if len(p.base.name) > 0 {
		name = append(append([]byte(nil), p.base.name...), name...)
	}
	if len(unit) == 0 {
		unit = p.base.unit
	}
	r.put(name, value.number, unit)
}

// senmlTime reads the sum of SenML's base time and time, in seconds. One that
// is a little over zero would lie ahead; it is rather a device's time since its start, and ignored.
func senmlTime(seconds float64, now int64) (micros int64, ok bool) {
	if seconds < 0 && seconds > -senmlAbsolute {
		return now + int64(math.Round(seconds*1e6)), true
	}
	return unixTime(seconds)
}
