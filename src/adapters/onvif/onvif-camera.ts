/**
 * One camera as the pull loop asks it: connect, subscribe, fetch, renew, take a picture. Nothing here repeats
 * or waits; each call ends within its time and throws a `CameraFailure`. `connect` of the package is not used:
 * it signs in a second time with a password that was just refused, and never ends where a camera's video
 * sources do not fit its profiles.
 */
import type { Instant } from '../../core/time.ts';
import type { Picture } from '../../driver-kit/contract.ts';
import { resolvedTopics } from '../../driver-kit/onvif-message.ts';
import { escapeXml } from '../../driver-kit/xml.ts';
import { Refusals } from '../camera-http/refusals.ts';
import {
  type PullAnswer,
  readProfileToken,
  readPull,
  readRenewal,
  readSnapshotUri,
  readSubscription,
} from './camera-answers.ts';
import { CameraFailure } from './camera-failure.ts';
import { CameraSoap, type CameraSoapOptions, pathOf } from './camera-soap.ts';
import { fetchSnapshot } from './snapshot.ts';

export interface CameraClock {
  /** Camera's clock minus the monotonic one of this machine, ms; undefined where it told no time. */
  readonly offsetMs: number | undefined;
}

export interface Pulled extends PullAnswer {
  readonly at: Instant;
}

/** What the pull loop needs of a camera. */
export interface Camera {
  /** Reads the clock and finds the services anew; whatever was known before is void. */
  connect(): Promise<CameraClock>;
  /** Reads the clock again, so that the next sign-in bears a time the camera takes. */
  readClock(): Promise<CameraClock>;
  /** Subscribes, and returns how long that lasts, ms; undefined where the camera does not say. */
  subscribe(): Promise<number | undefined>;
  pull(): Promise<Pulled>;
  renew(): Promise<number | undefined>;
  snapshot(): Promise<Picture>;
  close(): void;
}

/** A fetch is given at most this long beyond the time it was asked to wait, ms. */
const pullGraceMsMax = 3_000;
const media = 'http://www.onvif.org/ver10/media/wsdl';
const media2 = 'http://www.onvif.org/ver20/media/wsdl';

export class OnvifCamera implements Camera {
  readonly #options: CameraSoapOptions;
  readonly #topics: ReadonlySet<string>;
  #events: CameraSoap | undefined;
  #pictures: CameraSoap | undefined;
  #snapshotPath: string | undefined;
  /** Of pictures alone: where messages come, the password is right, and it is the right to see that lacks. */
  readonly #pictureRefusals = new Refusals({ max: 1 });

  constructor(options: CameraSoapOptions) {
    this.#options = options;
    this.#topics = new Set(resolvedTopics(options.profile));
  }

  async connect(): Promise<CameraClock> {
    this.close();
    const soap = new CameraSoap(this.#options);
    this.#events = soap;
    const clock = await this.readClock();
    await soap.ask('GetServices', (done) => soap.getServices(true, done));
    if (!soap.uri?.events) {
      // Cameras from before GetServices; some name a single service in a form the package cannot read.
      await soap.ask('GetCapabilities', (done) => soap.getCapabilities(done));
    }
    if (!soap.uri?.events) {
      throw new CameraFailure(
        'onvif-no-events',
        'neither GetServices nor GetCapabilities names it',
      );
    }
    soap.settleServices();
    return clock;
  }

  async readClock(): Promise<CameraClock> {
    const soap = this.#connected();
    const gateShiftMs = this.#options.clock.now().wallMs - process.uptime() * 1_000;
    // Some cameras want this call signed too; without a shift the package would sign it in 1970.
    soap.timeShift = gateShiftMs;
    let told: Date | undefined;
    const answer = await soap.ask('GetSystemDateAndTime', (done) =>
      soap.getSystemDateAndTime((error, time) => {
        told = time;
        done(error);
      }),
    );
    const toldMs = told?.getTime() ?? Number.NaN;
    if (!(toldMs > 0)) return { offsetMs: undefined };
    if (this.#options.profile.service.tokenTime === 'camera') {
      soap.timeShift = toldMs - process.uptime() * 1_000;
    }
    return { offsetMs: toldMs - answer.at.monotonicMs };
  }

  async subscribe(): Promise<number | undefined> {
    const soap = this.#connected();
    const answer = await soap.ask('CreatePullPointSubscription', (done) =>
      soap.createPullPointSubscription(done),
    );
    const { address, referenceParameters, lifetimeMs } = readSubscription(answer);
    soap.subscribedAt(address, referenceParameters);
    return lifetimeMs;
  }

  async pull(): Promise<Pulled> {
    const soap = this.#connected();
    const { timeoutS, messageLimit } = this.#options.profile.service.pull;
    const answer = await soap.ask(
      'PullMessages',
      (done) => soap.pullMessages({ messageLimit }, done),
      timeoutS * 1_000 + Math.min(pullGraceMsMax, this.#options.replyTimeoutMs),
    );
    return { ...readPull(answer, this.#topics), at: answer.at };
  }

  async renew(): Promise<number | undefined> {
    const soap = this.#connected();
    return readRenewal(await soap.ask('Renew', (done) => soap.renew({}, done)));
  }

  async snapshot(): Promise<Picture> {
    const { snapshot } = this.#options.profile.service;
    if (!snapshot) throw new CameraFailure('onvif-snapshot-failed', 'the profile has none');
    this.#snapshotPath ??= await this.#findSnapshot();
    const refusals = this.#pictureRefusals;
    return fetchSnapshot({ ...this.#options, ...snapshot, refusals, path: this.#snapshotPath });
  }

  /** By a second `Cam`, so that it waits for no fetch of messages, with what the first has found out. */
  async #findSnapshot(): Promise<string> {
    const { timeShift, uri, media2Support } = this.#connected();
    this.#pictures?.close();
    const soap = new CameraSoap(this.#options);
    this.#pictures = soap;
    Object.assign(soap, { timeShift, uri, media2Support });
    const address = await this.#snapshotUri(soap, media2Support === true).catch((error) => {
      // Some cameras name a second media service that does not work.
      if (media2Support !== true || !uri?.media) throw error;
      return this.#snapshotUri(soap, false);
    });
    return pathOf(address);
  }

  async #snapshotUri(soap: CameraSoap, isMedia2: boolean): Promise<string> {
    soap.media2Support = isMedia2;
    const namespace = isMedia2 ? media2 : media;
    const profiles = await soap.ask('GetProfiles', (done) => soap.getProfiles(done));
    const profileToken = readProfileToken(profiles, namespace);
    const answer = await soap.ask('GetSnapshotUri', (done) =>
      soap.getSnapshotUri({ profileToken: escapeXml(profileToken) }, done),
    );
    return readSnapshotUri(answer, namespace);
  }

  #connected(): CameraSoap {
    if (!this.#events) throw new CameraFailure('port-lost', 'not connected');
    return this.#events;
  }

  close(): void {
    this.#events?.close();
    this.#pictures?.close();
    this.#events = undefined;
    this.#pictures = undefined;
    this.#snapshotPath = undefined;
  }
}
