package browser_test

import (
	"testing"

	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/source"
)

// A browser that cannot paint in workers has the plot on the page, and all that is done with it.
func TestPlainCanvas(t *testing.T) {
	b := New(t)
	publishFrom(t, b.Device(device.Config{ID: "bench-3"}), source.SimulatedConfig{Seed: 7})
	remote := b.Open("/remote/bench-3", `delete HTMLCanvasElement.prototype.transferControlToOffscreen;`)
	remote.streaming("voltage", 100)
	remote.Await("lines of every series", `(() => {
		const canvas = document.getElementById("plot");
		const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
		const pixels = new Map();
		for (let i = 0; i < data.length; i += 4) {
			const colour = "#" + [...data.subarray(i, i + 3)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
			pixels.set(colour, (pixels.get(colour) ?? 0) + 1);
		}
		const style = getComputedStyle(canvas);
		return [1, 2, 3, 4].every((series) => pixels.get(style.getPropertyValue("--series-" + series).trim()) > 100);
	})()`)
	remote.PressNamed("button", "Pause")
	remote.AwaitText("button", "Live", "a way back", func(text string) bool { return text == "Live" })
}
