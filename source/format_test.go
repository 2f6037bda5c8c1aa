package source_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam/source"
)

// formatCases are real outputs, mostly. Each is read with its format and with
// auto, which has to find it.
var formatCases = []struct {
	name    string
	format  source.Format
	input   string
	rows    string
	reasons string
}{
	{"one number", source.Numbers, "1\n-2.5\n+3e2\n.5\n", "value=1\nvalue=-2.5\nvalue=300\nvalue=0.5", ""},
	{"several numbers", source.Numbers, "1 2,3 4\n1;2\t3\n1,2,3;4\n1, 2, 3,\n1,,3\n", "1=1 2=2 3=3 4=4\n1=1 2=2 3=3\n1=1 2=2 3=3 4=4\n1=1 2=2 3=3\n1=1 3=3", ""},
	{"decimal comma", source.Numbers, "3,14;2,71\n3,5;7\n", "1=3.14 2=2.71\n1=3.5 2=7", ""},
	{"ambiguous comma divides", source.Numbers, "3,14\n", "1=3 2=14", ""},
	{"clock before numbers", source.Numbers, "12:00:01 21.5\n12:00:02.250,22\n12:00:03; 23\n12:00:04\n", "value=21.5\nvalue=22\nvalue=23", "4: there is no number in it\n"},
	{"clock before several numbers", source.Numbers, "12:00:01 21.5 40 %\n12:00:02 22 41 %\n", "1=21.5 2=40%\n1=22 2=41%", ""},
	{"units", source.Numbers, "23.5 °C\n24°C\n25\n", "value=23.5°C\nvalue=24°C\nvalue=25°C", ""},
	{"no numbers between", source.Numbers, "5\nReady\n0x1F\n1_000\n6\n", "value=5\nvalue=6",
		"2: \"Ready\" is not a number\n3: \"0x1F\" is not a number\n4: \"1_000\" is not a number\n"},
	{"csv with units", source.CSV, "temp (Cel),voltage [V],state\n21.5,12,ok\n\n21.6,,ok\ntemp (Cel),voltage [V],state\n\"21.7\",12.1,off\n1,2\n", "temp=21.5Cel voltage=12V\ntemp=21.6Cel\ntemp=21.7Cel voltage=12.1V",
		"2: \"state\" holds text: left out until it holds a number\n7: it has 2 cells where the header has 3\n"},
	{"csv with text before numbers", source.CSV, "a,state\n1,warming\n2,warm\n3,7\n4,cold\n", "a=1\na=2\na=3 state=7\na=4",
		"2: \"state\" holds text: left out until it holds a number\n5: \"state\" holds text where a number was expected\n"},
	{"csv with semicolons", source.CSV, "temp;hum\n21,5;40\nnan;41\n", "temp=21.5 hum=40\nhum=41", "3: \"temp\" is NaN or infinite: leave the value out instead\n"},
	{"csv of one column", source.CSV, "temp (Cel)\n21.5\n", "temp=21.5Cel", ""},
	{"csv of one word", source.CSV, "temp\n21\n22\n", "temp=21\ntemp=22", ""},
	{"csv with quotes", source.CSV, "\"a, b\",\"say \"\"c\"\"\"\n1,2\n", "a,_b=1 say_\"c\"=2", ""},
	{"csv with an index", source.CSV, ",a,a\n0,1,2\n", "1=0 a=1 a_2=2", ""},
	{"csv with elapsed seconds", source.CSV, "t,a\n0.1,1\n0.2,2\n", "t=0.1 a=1\nt=0.2 a=2", ""},
	{"vmstat", source.Table, vmstat, "r=1 b=0 swpd=0 free=2.424348e+07 buff=3580 cache=339164 si=0 so=0 bi=179 bo=149 in=68 cs=129 us=1 sy=1 id=98 wa=0 st=0\n" +
		"r=1 b=0 swpd=0 free=2.424348e+07 buff=3580 cache=339164 si=0 so=0 bi=0 bo=0 in=67 cs=92 us=0 sy=0 id=100 wa=0 st=0\n" +
		"r=1 b=0 swpd=0 free=2.424348e+07 buff=3580 cache=339164 si=0 so=0 bi=0 bo=0 in=34 cs=65 us=0 sy=0 id=100 wa=0 st=0", ""},
	{"vmstat -t", source.Table, "procs -----------memory---------- ---swap-- -----timestamp-----\n r  b   swpd                 UTC\n 1  0      7 2026-11-24 11:58:26\n 1  0      8 2026-11-24 11:58:27\n",
		"r=1 b=0 swpd=7\nr=1 b=0 swpd=8", "3: \"UTC\" holds text: left out until it holds a number\n"},
	{"iostat", source.Table, iostat, "%user=0.5% %nice=0% %system=0.3% %iowait=0% %steal=0% %idle=99.2%\n" +
		"sda.tps=0.5 sda.kB_read/s=1 sda.kB_wrtn/s=2 sda.kB_read=1000 sda.kB_wrtn=2000\n" +
		"nvme0n1.tps=3 nvme0n1.kB_read/s=4 nvme0n1.kB_wrtn/s=5 nvme0n1.kB_read=6 nvme0n1.kB_wrtn=7\n" +
		"%user=1% %nice=0% %system=0.5% %iowait=0% %steal=0% %idle=98.5%\n" +
		"sda.tps=0 sda.kB_read/s=0 sda.kB_wrtn/s=0 sda.kB_read=0 sda.kB_wrtn=0", ""},
	{"sar", source.Table, sar, "all.%user=0.5% all.%idle=99.5%\n0.%user=1% 0.%idle=99%\nall.%user=0.25% all.%idle=99.75%", ""},
	{"free", source.Table, "               total        used        free      shared\nMem:        25000000     1000000    24000000           0\nSwap:              0           0           0\n",
		"Mem.total=2.5e+07 Mem.used=1e+06 Mem.free=2.4e+07 Mem.shared=0\nSwap.total=0 Swap.used=0 Swap.free=0", ""},
	{"ping", source.Pairs, ping, "icmp_seq=1 ttl=64 time=0.045ms\nicmp_seq=2 ttl=64 time=0.051ms\nicmp_seq=3", ""},
	{"ping IPv6", source.Pairs, "PING ::1(::1) 56 data bytes\n64 bytes from ::1: icmp_seq=1 ttl=64 time=0.030 ms\n64 bytes from fe80::1%eth0: icmp_seq=2 ttl=64 time=1.2 ms\n",
		"icmp_seq=1 ttl=64 time=0.03ms\nicmp_seq=2 ttl=64 time=1.2ms", ""},
	{"Arduino plotter", source.Pairs, "temp:21.5,hum:40\ntemp:21.6\thum:nan\nMin:0 Max:100 x:-1.5\n", "temp=21.5 hum=40\ntemp=21.6\nMin=0 Max=100 x=-1.5",
		"2: \"hum\" is NaN or infinite: leave the value out instead\n"},
	{"Arduino prose", source.Pairs, "Humidity: 45.20 %\tTemperature: 23.10 *C\nHumidity: 45.00%  Temperature: 23.00°C 73.40°F  Heat index: 22.5°C\nAir pressure = 1013.2 hPa\n", "Humidity=45.2% Temperature=23.1\nHumidity=45% Temperature=23°C Heat_index=22.5°C\npressure=1013.2hPa", ""},
	{"ambiguous pairs", source.Pairs, "a=1;b=2\na=23,5;b=7\n", "a=1 b=2\nb=7", "2: \"23,5\" may be one number or two: write it with a decimal point\n"},
	{"Teleplot", source.Teleplot, ">temp:21.5§°C\n>a:1\n>b:1|g\n>note:hello|t\n>p:1:2|xy\n>3D|cube:S:cube\n>:hello\nboot\n>temp:x\n", "temp=21.5°C\na=1\nb=1",
		"4: it is a text of Teleplot (|t), not a value\n5: it is an xy plot of Teleplot: send x and y as series of their own\n6: it is a 3D shape of Teleplot, not a value\n" +
			"7: it is a log line of Teleplot, not a value\n8: it is a log line: Teleplot's values begin with >\n9: \"x\" is neither value nor ms:value\n"},
	{"JSON", source.JSON, `{"temp":21.5,"motor":{"rpm":900,"on":true,"name":"m1"},"gap":null}` + "\n" + `{"temp": NaN, "b": [1, 2e0]}` + "\n{\"temp\":\n{}\n", "temp=21.5 motor.rpm=900 motor.on=1\nb.1=1 b.2=2",
		"1: \"motor.name\" holds text: left out until it holds a number\n2: \"temp\" is NaN or infinite: leave the value out instead\n3: not JSON: the line ends too early\n4: there is no number in it\n"},
	{"JSON with text before numbers", source.JSON, `{"a":1,"state":"warming"}` + "\n" + `{"a":2,"state":"warm"}` + "\n" + `{"a":3,"state":7}` + "\n", "a=1\na=2\na=3 state=7",
		"1: \"state\" holds text: left out until it holds a number\n"},
	{"JSON arrays", source.JSON, "[1,2.5]\n[3]\n4\n", "1=1 2=2.5\nvalue=3\nvalue=4", ""},
	{"JSON records", source.JSON, `{"series":"temp","unit":"Cel","v":21.5,"device":"d"}` + "\n" + `{"value":3}` + "\n" + `{"v":1,"i":2}` + "\n", "temp=21.5Cel\nvalue=3\nv=1 i=2", ""},
	{"SenML", source.JSON, `[{"bn":"dev.","bt":1732442400,"bu":"Cel","n":"t1","v":1},{"n":"t2","t":-5,"v":2},{"n":"h","u":"%RH","v":3}]` + "\n", "dev.t1=1Cel\ndev.t2=2Cel\ndev.h=3%RH", ""},
}

const vmstat = `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 1  0      0 24243480   3580 339164    0    0   179   149   68  129  1  1 98  0  0
 1  0      0 24243480   3580 339164    0    0     0     0   67   92  0  0 100  0  0
procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 1  0      0 24243480   3580 339164    0    0     0     0   34   65  0  0 100  0  0
`

const iostat = `Linux 6.1.0-13-amd64 (lab) 	11/24/2026 	_x86_64_	(2 CPU)

avg-cpu:  %user   %nice %system %iowait  %steal   %idle
           0.50    0.00    0.30    0.00    0.00   99.20

Device             tps    kB_read/s    kB_wrtn/s    kB_read    kB_wrtn
sda               0.50         1.00         2.00       1000       2000
nvme0n1           3.00         4.00         5.00          6          7


avg-cpu:  %user   %nice %system %iowait  %steal   %idle
           1.00    0.00    0.50    0.00    0.00   98.50

Device             tps    kB_read/s    kB_wrtn/s    kB_read    kB_wrtn
sda               0.00         0.00         0.00          0          0
`

const sar = `Linux 6.1.0-13-amd64 (lab) 	11/24/2026 	_x86_64_	(2 CPU)

12:00:01 AM     CPU     %user     %idle
12:00:02 AM     all      0.50     99.50
12:00:02 AM       0      1.00     99.00

12:00:02 AM     CPU     %user     %idle
12:00:03 AM     all      0.25     99.75

Average:        CPU     %user     %idle
Average:        all      0.38     99.62
`

const ping = `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms
64 bytes from localhost (127.0.0.1): icmp_seq=2 ttl=64 time=0.051 ms
From 10.0.0.1 icmp_seq=3 Destination Host Unreachable

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 2 received, 33.3% packet loss, time 2037ms
rtt min/avg/max/mdev = 0.045/0.048/0.051/0.003 ms
`

func TestFormats(t *testing.T) {
	for _, c := range formatCases {
		for _, format := range []source.Format{c.format, source.Auto} {
			t.Run(fmt.Sprintf("%s as %s", c.name, format), func(t *testing.T) {
				if format == source.Auto && c.name == "JSON arrays" {
					c.input, c.rows = strings.TrimSuffix(c.input, "4\n"), strings.TrimSuffix(c.rows, "\nvalue=4")
				}
				s := read(t, format, strings.NewReader(c.input))
				if s.rows() != c.rows {
					t.Errorf("got\n%s\nwant\n%s", s.rows(), c.rows)
				}
				if s.reasons() != c.reasons {
					t.Errorf("skipped\n%s\nwant\n%s", s.reasons(), c.reasons)
				}
				if format == source.Auto && fmt.Sprint(s.formats) != fmt.Sprintf("[%s]", c.format) {
					t.Errorf("auto found %v", s.formats)
				}
			})
		}
	}
}

func TestTimes(t *testing.T) {
	const moment = "2026-11-24T11:58:26.25Z"
	want, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		t.Fatal(err)
	}
	local := want.In(time.Local).Format("2006-01-02 15:04:05.99")
	seconds, ms, us := fmt.Sprintf("%.2f", float64(want.UnixMilli())/1000), fmt.Sprint(want.UnixMilli()), fmt.Sprint(want.UnixMicro())
	for _, stamp := range []string{moment, "2026-11-24T12:58:26.25+01:00", "2026-11-24 11:58:26.25Z", local, seconds, ms, us, us + "000"} {
		quoted := stamp
		if strings.Contains(stamp, ":") {
			quoted = `"` + stamp + `"`
		}
		for _, input := range []string{
			"time,a\n" + stamp + ",1\n",
			"ts\ta\n" + stamp + "\t1\n",
			"a;Timestamp\n1;" + stamp + "\n",
			`{"t":` + quoted + `,"a":1}` + "\n",
			`{"time":` + quoted + `,"series":"a","v":1}` + "\n",
			"time=" + strings.Replace(stamp, " ", "T", 1) + " a=1\n",
			"a:1, ts: " + strings.Replace(stamp, " ", "T", 1) + "\n",
		} {
			s := read(t, source.Auto, strings.NewReader(input))
			if s.rows() != "a=1" || !s.readings[0].Time.Equal(want) {
				t.Errorf("%q: %v, skipped %s", input, s.readings, s.reasons())
			}
		}
	}
	s := read(t, source.Auto, strings.NewReader(moment+",1.5\n"+moment+",2\n"))
	if s.rows() != "2=1.5 2=2" || !s.readings[0].Time.Equal(want) || s.formats[0] != source.CSV {
		t.Errorf("without a header: %s %v", s.rows(), s.formats)
	}
	s = read(t, source.Auto, strings.NewReader("time,a\n"+moment+",1\nyesterday,2\n,3\n"))
	if s.rows() != "a=1\na=3" || s.stats.Skipped != 1 {
		t.Errorf("a broken time: %s, %s", s.rows(), s.reasons())
	}
	s = read(t, source.Auto, strings.NewReader("time=0.045 ms a=1\ntime=12 a=2\n"))
	if s.rows() != "time=0.045ms a=1\ntime=12ms a=2" {
		t.Errorf("times that are values: %s", s.rows())
	}
	s = read(t, source.Auto, strings.NewReader(">a:"+ms+":1\n>b:100:1;150:2\n>c:"+ms+":1;"+ms+":2§V|g\n"))
	if s.rows() != "a=1\nb=1\nb=2\nc=1V c=2V" || !s.readings[0].Time.Equal(want) || s.readings[2].Time.Sub(s.readings[1].Time) != 50*time.Millisecond {
		t.Errorf("Teleplot: %s %v", s.rows(), s.readings)
	}
	s = read(t, source.Auto, strings.NewReader(`[{"n":"a","t":-5,"v":1},{"n":"a","v":2}]`))
	if len(s.readings) != 2 || s.readings[1].Time.Sub(s.readings[0].Time) != 5*time.Second {
		t.Errorf("SenML: %v", s.readings)
	}
}

func TestDetection(t *testing.T) {
	twenty := func(line string) string { return strings.Repeat(line+"\n", 20) }
	for _, c := range []struct{ name, input, formats, last string }{
		{"a greeting before numbers", "Ready!\n1\n2\n", "[numbers]", "value=2"},
		{"a greeting of two words", "Sensor ready\n1\n2\n", "[numbers]", "value=2"},
		{"a word behind another line", "# v1\nBooting v1.2\nReady\n1\n2\n", "[numbers]", "value=2"},
		{"greetings before pairs", "Booting v1.2\nWiFi connected\ntemp: 21.5\n", "[pairs]", "temp=21.5"},
		{"a header waits for a row", "a,b\n\n# comment\n1,2\n", "[csv]", "a=1 b=2"},
		{"pairs after a two-word line", "Sensor ready\nTemp: 23.5\n", "[pairs]", "Temp=23.5"},
		{"only text", twenty("hello") + "world\n", "[]", ""},
		{"changes of mind", "1\n2\n" + twenty(`{"a":1}`) + "{\"a\":2}\n" + twenty(">b:1") + ">b:3\n", "[numbers json teleplot]", "b=3"},
		{"another csv", "a,b\n1,2\n" + twenty("c,d,e") + "c,d,e\n1,2,3\n", "[csv]", "c=1 d=2 e=3"},
		{"a misfit among many", "1\n" + strings.Repeat("x\n2\n", 50), "[numbers]", "value=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := read(t, source.Auto, strings.NewReader(c.input))
			if got := fmt.Sprint(s.formats); got != c.formats {
				t.Errorf("found %s, want %s", got, c.formats)
			}
			rows := strings.Split(s.rows(), "\n")
			last := rows[len(rows)-1]
			if last != c.last {
				t.Errorf("the last row is %s, want %s", last, c.last)
			}
		})
	}
	s := read(t, source.Auto, strings.NewReader(twenty("hello")+"world\n"))
	if s.stats.Skipped != 21 {
		t.Errorf("skipped %d lines of 21", s.stats.Skipped)
	}
}
