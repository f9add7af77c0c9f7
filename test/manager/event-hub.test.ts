import { describe, expect, it } from "vitest";
import { EventHub, LISTENERS_MAX } from "../../src/manager/outbound/event-hub.js";
import { storedEvent } from "../support/stored-event.js";

describe("EventHub", () => {
  it("The hub continues after the newest stored event and serves all listeners in order, even if one throws.", () => {
    const hub = new EventHub();
    hub.resumeAt(41);
    expect(hub.sequence).toBe(41);
    const received: number[] = [];
    hub.subscribe(() => {
      throw new Error("not mine");
    });
    const unsubscribe = hub.subscribe(({ sequence }) => received.push(sequence));
    hub.emit(storedEvent(42));
    hub.emit(storedEvent(43));
    expect([received, hub.sequence, hub.listeners]).toEqual([[42, 43], 43, 1]);
    unsubscribe();
    unsubscribe();
    hub.emit(storedEvent(44));
    expect([received.length, hub.listeners]).toEqual([2, 0]);
  });

  it("A listener beyond the cap gets the code `peer_busy`.", () => {
    const hub = new EventHub();
    for (let i = 0; i < LISTENERS_MAX; i++) hub.subscribe(() => undefined);
    expect(() => hub.subscribe(() => undefined)).toThrow(expect.objectContaining({ code: "peer_busy" }));
  });
});
