// Where kafkajs is taken from: what must be mended before it loads comes first.
import './broker-lock-patch.ts';

export { AssignerProtocol, Kafka, logLevel } from 'kafkajs';
