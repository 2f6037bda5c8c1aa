// Package plotbeam is the vocabulary and the wire format that devices, viewers
// and the hub share.
//
// A device appends frames to its log; every viewer reads them through a cursor
// of its own. The hub introduces the two and then stands aside:
//
//	device                      hub                      viewer
//	  | -- hello, state -------> |                          |
//	  | <-- welcome ------------ |                          |
//	  |                          | <-- hello, watch ------- |
//	  | <-- joined ------------- | -- welcome, device ----> |
//	  | <====== signal (offer, answer, candidates) =======> |
//	  | <-------------- read {after | since} -------------- |
//	  | == frames ========================================> |
//	  | <-------------- ack {position} -------------------- |
//
// Control messages are JSON texts ([Message]); frames are binary ([Frame]).
// PROTOCOL.md states every byte, and testdata/vectors.json holds examples that
// the Go and the TypeScript tests both read.
package plotbeam
