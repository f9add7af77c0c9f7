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
      node_key: "f03a7871d7a1b7c778ba0df880387ba8925a0acedb0abbb36b0ebfe25ff73e3e",
      node_address: "tst17qa8suwh5xmuw796phugqwrm4zf95zkwmv9thvmtp6l7yhlh8clqqe3anhx",
      peer_id: "12D3KooWGwarpnHnw3A6BoX9j3jHwekGw9VEMfyhaRr87sFeEbL4",
      multiaddrs: ["/ip4/127.0.0.1/tcp/41979/p2p/12D3KooWGwarpnHnw3A6BoX9j3jHwekGw9VEMfyhaRr87sFeEbL4"],
      reach: {
        state: "connected",
        loopback_only: false,
        advertised: ["/ip4/127.0.0.1/tcp/41979/p2p/12D3KooWGwarpnHnw3A6BoX9j3jHwekGw9VEMfyhaRr87sFeEbL4"],
        announced: [],
        observed: [],
        bootstrap: [
          {
            kind: "bootstrap",
            address: "/ip4/127.0.0.1/tcp/42923/p2p/12D3KooWKH1ugsYnWayAn4Yxf4jMqdQ9KG44SqDUJXTAAuLDWSsc",
            peer_id: "12D3KooWKH1ugsYnWayAn4Yxf4jMqdQ9KG44SqDUJXTAAuLDWSsc",
            source: null,
            state: "connected",
            attempts: 0,
            reason: null,
            last_tried: 1796054005,
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
          address: "tst1zpgak9meh96ygg9e8hwd34pcagpg55007ar5catdfh6fq754a4jsq7559l6",
          left_today: {
            tasks: 62,
            submissions: 256,
            validations: 4096,
          },
          stopped: null,
        },
        {
          name: "miner",
          key: "285b1072cd4a27a271390a8e0a22f8aeb09d509f71f93cf0157285c2c1055d0c",
          address: "tst19pd3qukdfgn6yufep28q5ghc46cf65ylw8uneuq4w2zu9sg9t5xqq4xltdh",
          left_today: {
            tasks: 64,
            submissions: 255,
            validations: 4096,
          },
          stopped: null,
        },
        {
          name: "validator",
          key: "bc0ae5a96be32f03a16dc8d2f6c4b4aa4da44072a3269a78ce2eacaa63cfc014",
          address: "tst1hs9wt2ttuvhs8gtderf0d3954fx6gsrj5vnf57xw96k25c70cq2qq2gvne9",
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
        height: 29934233,
        topoheight: 29934233,
        stable_height: 29934225,
        hash: "caa1bf07cacb963239b4bd04eb2298bad71058512c397ad1ea83e9524bb47527",
        timestamp: 1796053980,
        trouble: null,
      },
      started_at: 1796054005,
      uptime_seconds: 1,
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
        state: "ok",
        offset_seconds: 0.1,
        samples: 1,
        time: 1796054006,
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
