import type { App } from '../app.ts'
import type { Incident, IncidentName } from '../store/incidents.ts'
import type { Facts } from './message.ts'

/** What is to be said of something that may be an incident. */
export interface Verdict extends IncidentName {
  /**
   * `unclear`: neither good nor bad, so an incident that is open stays so. The words are those of the message: asked for only where one is to
   * be sent.
   */
  state: 'good' | 'bad' | 'unclear'
  /** Of one that is bad. */
  open(): Promise<Facts>
  /** Of one that is good again. */
  recover(incident: Incident): Promise<Facts>
}

/** How things are judged. */
export interface Judging {
  app: App
  now: Date
  sandbox: boolean
}
