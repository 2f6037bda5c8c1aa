package hub

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	adjectives = "amber azure bold brave brisk bright calm clear clever copper coral cosmic crisp dapper eager early fancy fleet fresh gentle glad golden grand green handy happy hidden ivory jolly keen kind lively lucky lunar mellow merry mighty misty modest nimble noble olive opal patient plucky polar proud quick quiet rapid ready royal rustic sharp shiny silent silver smart smooth snowy solar spry steady sunny swift tidy vivid warm wise witty"
	animals    = "ant badger bat bear beaver bee bison bobcat camel cat cod condor coyote crab crane crow deer dingo dove duck eagle eel egret elk falcon ferret finch fox frog gecko gibbon goat goose gull hare hawk heron ibex ibis jackal jay kiwi koala lark lemur lion llama lynx magpie marten mole moose moth newt ocelot orca osprey otter owl panda perch pika puffin puma quail rabbit raven robin salmon seal shrew shrike skink sloth snail stork swan tapir tern tiger toad trout viper vole walrus weasel whale wolf wombat wren yak zebra"
)

// readableName makes up a device id that can be said over the phone, like brisk-otter-417.
func readableName() string {
	pick := func(words string) string {
		list := strings.Fields(words)
		return list[rand.IntN(len(list))]
	}
	return fmt.Sprintf("%s-%s-%d", pick(adjectives), pick(animals), 100+rand.IntN(900))
}
