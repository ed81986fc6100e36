// Where kafkajs is taken from: what must be mended before it loads comes first.
import './broker-lock-patch.ts';
import './quick-send-patch.ts';
import './request-envelope-patch.ts';

export { AssignerProtocol, Kafka, logLevel } from 'kafkajs';
