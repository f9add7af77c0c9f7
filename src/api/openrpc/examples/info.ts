import type { MethodExample } from "./example.js";
import { EXAMPLE_IDS } from "./ids.js";

/** The report of a node. The answers are those of a node. */
export const INFO_EXAMPLES = {
  ai_get_network_info: {
    params: {},
    result: {
      version: "0.1.0",
      network: "devnet",
      network_name: "e2e",
      genesis: "caa1bf07cacb963239b4bd04eb2298bad71058512c397ad1ea83e9524bb47527",
      rules: "90d2600ec7054a9485885a8f9f7d5773417a06c74c0da72ed280b543bdaf7895",
      node_key: "a6af4ce5b9e40f9a5b2b0a04c00a2039134ab30d31c30520b96ba53fb88dbd4f",
      node_address: "tst156h5eedeus8e5ketpgzvqz3q8yf54vcdx8ps2g9edwjnlwydh48sqemsdzq",
      peer_id: "12D3KooWBo77CHFcZW6zSbLX7quKe9g24PHqYmNapYsq7H3bcZpY",
      multiaddrs: ["/ip4/127.0.0.1/tcp/34219/p2p/12D3KooWBo77CHFcZW6zSbLX7quKe9g24PHqYmNapYsq7H3bcZpY"],
      reach: {
        state: "connected",
        loopback_only: false,
        advertised: ["/ip4/127.0.0.1/tcp/34219/p2p/12D3KooWBo77CHFcZW6zSbLX7quKe9g24PHqYmNapYsq7H3bcZpY"],
        announced: [],
        observed: [],
        bootstrap: [
          {
            kind: "bootstrap",
            address: "/ip4/127.0.0.1/tcp/44855/p2p/12D3KooWFwmeuFyA2c6bYk3qPxYX7mzBAsXXn6kxohZ2tmRUfjuK",
            peer_id: "12D3KooWFwmeuFyA2c6bYk3qPxYX7mzBAsXXn6kxohZ2tmRUfjuK",
            source: null,
            state: "connected",
            attempts: 0,
            reason: null,
            last_tried: 1796052619,
            next_try: null,
          },
        ],
      },
      kernel: {
        backend: "native",
        reason: null,
      },
      storage: "rocksdb",
      authors: [
        {
          name: "default",
          key: EXAMPLE_IDS.author,
          address: "tst1jetfn2ruu7tzv8ffcssdcwupnv8a9xny90e08ynqzk6jsarcjussqgkdhjl",
          left_today: {
            tasks: 62,
            submissions: 256,
            validations: 4096,
          },
          stopped: null,
        },
        {
          name: "miner",
          key: "a67b34ccbfc8fa47bd3feb3dd60b970c43b2ac6b978f1d09c56644d083947c34",
          address: "tst15eanfn9leray00flav7avzuhp3pm9trtj7836zw9vezdpqu50s6qqh6mhfh",
          left_today: {
            tasks: 64,
            submissions: 255,
            validations: 4096,
          },
          stopped: null,
        },
        {
          name: "validator",
          key: "0a6a4c5ead404055fe7653d971f7bee2df9312d8549cb9b21b2b10c5732af33b",
          address: "tst1pf4ych4dgpq9tlnk20vhraa7ut0exykc2jwtnvsm9vgv2ue27vasqql2yyx",
          left_today: {
            tasks: 64,
            submissions: 256,
            validations: 4095,
          },
          stopped: null,
        },
      ],
      peers: 1,
      tasks: {
        Published: 1,
        InProgress: 1,
        AnswersSubmitted: 0,
        UnderValidation: 0,
        Completed: 0,
        Expired: 0,
        Disputed: 0,
        Cancelled: 0,
      },
      records: 4,
      sync: {
        in_sync: true,
        set: "whole",
        catching_up: null,
        bodies: {
          held: 4,
          missing: 0,
          unavailable: 0,
          withheld: 0,
        },
        strands: [
          {
            strand: "000000",
            in_sync: true,
            peers: 1,
            equal_peers: 1,
          },
          {
            strand: "010000",
            in_sync: true,
            peers: 1,
            equal_peers: 1,
          },
          {
            strand: "020000",
            in_sync: true,
            peers: 1,
            equal_peers: 1,
          },
          {
            strand: "030000",
            in_sync: true,
            peers: 1,
            equal_peers: 1,
          },
          {
            strand: "040000",
            in_sync: true,
            peers: 1,
            equal_peers: 1,
          },
          {
            strand: "050000",
            in_sync: true,
            peers: 1,
            equal_peers: 1,
          },
        ],
        pending_tasks: 0,
        open_requests: 0,
      },
      registry: {
        kind: "everyone",
        digest: "0000000000000000000000000000000000000000000000000000000000000000",
        time: "18446744073709551615",
      },
      chain: {
        mode: "standalone",
        place: "received",
        height: 29934210,
        topoheight: 29934210,
        stable_height: 29934202,
        hash: "caa1bf07cacb963239b4bd04eb2298bad71058512c397ad1ea83e9524bb47527",
        timestamp: 1796052600,
        trouble: null,
      },
      started_at: 1796052619,
      uptime_seconds: 0,
      event_sequence: 7,
      damaged_values: 0,
      message_cache: {
        seen: 8,
        known: 4,
        served: 2,
      },
      health: {
        status: "ok",
        components: {
          storage: {
            status: "ok",
          },
          network: {
            status: "ok",
          },
          task_processing: {
            status: "ok",
          },
          validation: {
            status: "ok",
          },
          kernel: {
            status: "ok",
          },
          chain: {
            status: "ok",
          },
          signing: {
            status: "ok",
          },
          sync: {
            status: "ok",
          },
          clock: {
            status: "ok",
          },
          log: {
            status: "ok",
          },
          api: {
            status: "ok",
          },
        },
        faults: [],
      },
      clock: {
        state: "unknown",
        offset_seconds: null,
        samples: 0,
        time: 1796052620,
        warning: null,
      },
    },
    refused: {
      params: {
        verbose: true,
      },
      error: {
        code: -32602,
        message: "Unexpected parameters for this method",
      },
    },
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
