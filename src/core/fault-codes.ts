/**
 * Every fault that can be named: what it means, in Chinese and English, and what to do. Codes are stable; the
 * table in `docs/reference/faults.md` is generated from here, and a test finds every code that is not in it.
 */
import type { ReasonText } from './decision/check.ts';

/**
 * `info`: nothing to do. `warning`: it heals or is repeated; look at it during the shift. `error`: a device or a
 * lane does not do its work, and trucks go to a clerk. `critical`: nothing opens, or the record is in danger.
 */
type Severity = 'info' | 'warning' | 'error' | 'critical';

export interface FaultText extends ReasonText {
  readonly severity: Severity;
  /** What an operator can do about it. */
  readonly hint: string;
}

/** On the wire of a device. */
export const wireFaults = {
  'frame-garbage': {
    severity: 'info',
    zh: '串口收到无法识别的字节',
    en: 'bytes that belong to no frame',
    hint: 'check baud rate, parity, wiring and the profile; a few after a start are normal',
  },
  'frame-checksum': {
    severity: 'warning',
    zh: '报文校验错误',
    en: 'a frame with a wrong check',
    hint: 'look for disturbance on the line, missing termination, two masters on one line',
  },
  'frame-guard': {
    severity: 'warning',
    zh: '报文固定字节不符',
    en: 'a frame whose fixed bytes are wrong',
    hint: 'the device may be of another model: compare with `kakou parse frame`',
  },
  'frame-too-long': {
    severity: 'warning',
    zh: '报文过长',
    en: 'more bytes than any frame of the profile has',
    hint: 'the device may be of another model: compare with `kakou parse frame`',
  },
  'frame-idle': {
    severity: 'warning',
    zh: '报文未收完即中断',
    en: 'a frame that stopped before its end',
    hint: 'look for a loose plug, or a device that restarts',
  },
  'frame-undecodable': {
    severity: 'warning',
    zh: '报文内容无法解析',
    en: 'a whole frame whose fields make no sense',
    hint: 'keep the bytes and compare with `kakou parse frame`',
  },
  'reply-unexpected': {
    severity: 'warning',
    zh: '应答与请求不符',
    en: 'a reply that does not fit its request',
    hint: 'check unit number and profile of the module',
  },
  'body-malformed': {
    severity: 'warning',
    zh: '推送内容格式错误',
    en: 'a pushed message that is not of the form the profile describes',
    hint: 'the answer to the device names the member; correct the profile or the device',
  },
  'xml-refused': {
    severity: 'warning',
    zh: '设备的 XML 超出限制或不允许，已拒收',
    en: "a device's XML is over a limit, not well-formed or of a kind that is never read",
    hint: 'see the detail; raise answerBytesMax in the profile only if the camera embeds pictures',
  },
  'notification-malformed': {
    severity: 'warning',
    zh: '相机事件与型号配置不符',
    en: "a camera's message is not of the form the profile describes",
    hint: 'the detail names the place; correct the profile, or the rule in the camera',
  },
  'notification-clock': {
    severity: 'warning',
    zh: '相机事件时间晚于相机时钟，按历史读数处理',
    en: "a reading's time lies ahead of the camera's own clock, so it is taken as history",
    hint: 'set time zone and NTP of the camera; if its UtcTime cannot be mended, set ageBy to fetch in the profile',
  },
  'device-error': {
    severity: 'error',
    zh: '设备报告自身故障',
    en: 'the device reports a fault of its own',
    hint: 'see the detail and the manual of the device',
  },
  'driver-crashed': {
    severity: 'error',
    zh: '驱动程序异常',
    en: 'the driver failed on what the device sent',
    hint: 'this is a defect of kakou: report it with the log',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Between kakou and a device. */
const connectionFaults = {
  'not-started': {
    severity: 'info',
    zh: '设备尚未启动',
    en: 'the device has not been started',
    hint: 'wait for the start',
  },
  'port-absent': {
    severity: 'error',
    zh: '串口不存在',
    en: 'there is no such port',
    hint: 'check the path and whether the adapter is plugged in',
  },
  'port-denied': {
    severity: 'error',
    zh: '无权打开串口',
    en: 'the port may not be opened',
    hint: "put the daemon's user into the group that owns the port, usually dialout",
  },
  'port-locked': {
    severity: 'error',
    zh: '串口被其他程序占用',
    en: 'another program holds the port',
    hint: 'stop that program; a modem manager must leave the port alone',
  },
  'port-lost': {
    severity: 'warning',
    zh: '连接中断',
    en: 'the connection to the device was lost',
    hint: 'it is opened again by itself; check plug, power and network',
  },
  'connect-refused': {
    severity: 'error',
    zh: '设备拒绝连接',
    en: 'nobody listens at the address of the device',
    hint: 'check host and port, and whether the device is on',
  },
  'connect-timeout': {
    severity: 'error',
    zh: '连接设备超时',
    en: 'the device did not answer the connection',
    hint: 'check host, network and power',
  },
  'device-silent': {
    severity: 'error',
    zh: '设备无有效数据',
    en: 'no good message within the time the profile allows',
    hint: 'the line is open and the device says nothing useful: check its mode and its cable',
  },
  'modbus-timeout': {
    severity: 'warning',
    zh: 'Modbus 应答超时',
    en: 'no reply in time; the inputs are unknown until the next one',
    hint: 'check unit number, load of the module and network; raise replyTimeoutMs if it is slow',
  },
  'modbus-exception': {
    severity: 'error',
    zh: 'Modbus 异常应答',
    en: 'the module refused the request',
    hint: 'the profile asks for an address the module does not have: check its model',
  },
  'modbus-foreign-reply': {
    severity: 'warning',
    zh: 'Modbus 应答不属于本次请求',
    en: 'a reply to a request that nobody made; the connection is given up',
    hint: 'look for a second master or a gateway that mixes replies',
  },
  'modbus-disconnected': {
    severity: 'warning',
    zh: 'Modbus 连接中断',
    en: 'the connection was gone before the reply',
    hint: 'it is opened again by itself; check network and power',
  },
  'modbus-expired': {
    severity: 'warning',
    zh: 'Modbus 请求已过期未发送',
    en: 'the request was too late and was not written',
    hint: 'the line is overloaded: poll less often',
  },
  'onvif-auth-refused': {
    severity: 'error',
    zh: '相机拒绝用户名或密码',
    en: 'the camera refuses user, password or time of the sign-in',
    hint: 'correct the password file and start anew; kakou asks at most 3 times in 5 minutes, because cameras lock the account after about 5. If the password is right, compare the clocks (see tokenTime in the profile)',
  },
  'onvif-certificate-refused': {
    severity: 'error',
    zh: '相机 TLS 证书不被信任',
    en: "the camera's certificate is not trusted",
    hint: 'save the certificate of the camera, or of its authority, as PEM and name it as certificateFile',
  },
  'onvif-timeout': {
    severity: 'warning',
    zh: '相机应答超时',
    en: 'the camera did not finish an answer in time',
    hint: 'check load and network of the camera; it is asked again by itself',
  },
  'onvif-answer-cut': {
    severity: 'warning',
    zh: '相机应答中断',
    en: 'the connection ended before the answer was whole',
    hint: 'if it happens at every fetch, lower pull.timeoutS in the profile: some cameras cut at 10 s',
  },
  'onvif-answer-refused': {
    severity: 'error',
    zh: '相机应答过大或无法识别，已拒收',
    en: "the camera's answer is too large or is not what was asked for",
    hint: 'check that host and port are those of the ONVIF service; see the detail',
  },
  'onvif-fault': {
    severity: 'warning',
    zh: '相机返回 SOAP 故障',
    en: 'the camera answered with a fault',
    hint: 'see the detail; the user needs at least the level Operator for events on many cameras',
  },
  'onvif-no-events': {
    severity: 'error',
    zh: '相机没有 ONVIF 事件服务',
    en: 'the camera names no event service',
    hint: 'turn ONVIF events on in the camera, or use another way to its readings',
  },
  'onvif-subscription-lost': {
    severity: 'warning',
    zh: '相机的事件订阅丢失',
    en: 'the camera no longer knows the subscription',
    hint: 'it is made anew by itself; often, it has restarted or has too many subscribers',
  },
  'onvif-pull-overdue': {
    severity: 'error',
    zh: '相机事件长时间未取到',
    en: 'no fetch of messages has succeeded for twice its time',
    hint: 'everything is connected anew by itself; check network and load of the camera',
  },
  'onvif-renew-failed': {
    severity: 'info',
    zh: '订阅续期失败',
    en: 'the subscription could not be renewed; fetches prolong it as well',
    hint: 'nothing to do while messages come; set pull.renew to false if the camera has no Renew',
  },
  'onvif-clock-stepped': {
    severity: 'warning',
    zh: '相机时钟跳变',
    en: "the camera's clock has stepped",
    hint: 'set NTP in the camera; its sign-in time has been read again',
  },
  'onvif-clock-skew': {
    severity: 'warning',
    zh: '相机时钟与本机相差过大',
    en: "the camera's clock is far from this machine's",
    hint: 'set NTP and time zone in the camera; readings are judged by its own clock and go on',
  },
  'onvif-snapshot-failed': {
    severity: 'info',
    zh: '相机抓拍失败',
    en: 'a still picture could not be fetched; the reading stands without it',
    hint: 'see the detail; check that the user may view pictures',
  },
  'onvif-worker-crashed': {
    severity: 'error',
    zh: '相机工作线程异常退出，已重启',
    en: "the camera's worker ended by an error and is started again",
    hint: 'what the camera sent broke the library that reads it: keep the log and report it',
  },
  'onvif-worker-hung': {
    severity: 'error',
    zh: '相机工作线程无响应，已重启',
    en: "the camera's worker did not answer and is started again",
    hint: 'what the camera sent keeps the library busy without end: keep the log and report it',
  },
  'onvif-worker-memory': {
    severity: 'error',
    zh: '相机工作线程内存超限，已重启',
    en: "the camera's worker reached its memory limit and is started again",
    hint: 'lower answerBytesMax in the profile; report it with the log',
  },
  'order-timeout': {
    severity: 'error',
    zh: '指令应答超时',
    en: 'an order was not answered in time',
    hint: 'see modbus-timeout',
  },
  'order-exception': {
    severity: 'error',
    zh: '指令被模块拒绝',
    en: 'the module refused an order',
    hint: 'see modbus-exception',
  },
  'order-foreign-reply': {
    severity: 'error',
    zh: '指令应答不匹配',
    en: 'an order met a reply that was not its own',
    hint: 'see modbus-foreign-reply',
  },
  'order-disconnected': {
    severity: 'error',
    zh: '指令发送时连接中断',
    en: 'the connection was gone before an order was answered',
    hint: 'see modbus-disconnected',
  },
  'order-expired': {
    severity: 'error',
    zh: '指令已过期未发送',
    en: 'an order was too late and was not written',
    hint: 'the line is overloaded: poll less often',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** In a lane: they refer a truck, close the lane or call a person. */
export const laneFaults = {
  'barrier-unknown': {
    severity: 'error',
    zh: '道闸或地感状态未知',
    en: 'arm or loops of the lane are unknown, so nothing opens by itself',
    hint: 'see the IO module of the lane; it heals with it',
  },
  'ledger-failing': {
    severity: 'critical',
    zh: '账本无法写入，不允许自动放行',
    en: 'the ledger cannot be written, so nothing opens by itself',
    hint: 'free space on the data disk, check the disk; it heals with it',
  },
  'arm-open-unsupervised': {
    severity: 'critical',
    zh: '道闸长时间抬起且无车过卡',
    en: 'the arm stands up with nobody under way',
    hint: 'lower the arm; the lane comes back when it is down and the lane is empty',
  },
  'device-absent-at-start': {
    severity: 'error',
    zh: '启动时设备不在线，通道停用',
    en: 'a device the lane cannot do without was absent at start',
    hint: 'connect it and start the daemon anew',
  },
  'local-control': {
    severity: 'info',
    zh: '道闸处于就地控制',
    en: 'someone controls the barrier at the barrier itself',
    hint: 'moves by hand are recorded as such',
  },
  'barrier-fault': {
    severity: 'error',
    zh: '道闸控制器报故障',
    en: "the barrier's controller reports a fault",
    hint: 'see the barrier',
  },
  'crossed-without-decision': {
    severity: 'critical',
    zh: '车辆未经放行通过出口线',
    en: 'a vehicle crossed the exit line without a decision',
    hint: 'find the vehicle: the entry names the passage it followed',
  },
  'arm-stuck': {
    severity: 'error',
    zh: '道闸未按指令抬起',
    en: 'the arm did not rise on the order',
    hint: 'see the barrier: power, mode switch, limit switches',
  },
  'arm-not-closed': {
    severity: 'warning',
    zh: '道闸未落下，不能判定下一辆车',
    en: 'the arm has not come down, so the next truck cannot be judged',
    hint: 'lower the arm',
  },
  'command-expired': {
    severity: 'error',
    zh: '开闸指令超时未发出',
    en: 'the open order expired before it was written',
    hint: 'the truck is referred; see the IO module',
  },
  'command-failed': {
    severity: 'error',
    zh: '开闸指令未送达',
    en: 'the open order did not reach the barrier',
    hint: 'the truck is referred; see the IO module',
  },
  'decision-contended': {
    severity: 'warning',
    zh: '放行信息在判定过程中多次变化',
    en: 'the release facts changed again and again while the decision was being made',
    hint: 'let the truck be judged again',
  },
  'decision-not-stored': {
    severity: 'critical',
    zh: '判定无法保存，不允许自动放行',
    en: 'the decision could not be stored, so nothing may open',
    hint: 'free space on the data disk, check the disk',
  },
  'facts-unavailable': {
    severity: 'critical',
    zh: '放行信息库不可用',
    en: 'the release facts could not be read',
    hint: 'see the log of the daemon and the data disk',
  },
  'passage-interrupted': {
    severity: 'warning',
    zh: '系统在该车过卡途中重启',
    en: 'the system restarted while this truck was in the lane',
    hint: 'judge the truck again; the release it had stays reserved for it',
  },
  'crossing-not-observed': {
    severity: 'error',
    zh: '系统停机期间车辆已离开通道，是否过卡未知',
    en: 'the truck left the lane while the system was down; whether it crossed is unknown',
    hint: 'find out from the pictures or the yard, and record it',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Of the databases. */
export const storeFaults = {
  'store-sqlite-old': {
    severity: 'critical',
    zh: 'SQLite 版本过旧',
    en: 'SQLite is older than the version whose durability was tested',
    hint: 'install the dependencies of this version anew',
  },
  'store-readonly': {
    severity: 'critical',
    zh: '数据目录不可写',
    en: 'the database cannot be written',
    hint: "give the daemon's user write access to the data directory",
  },
  'store-full': {
    severity: 'critical',
    zh: '磁盘已满',
    en: 'the disk is full',
    hint: 'free space on the data disk',
  },
  'store-corrupt': {
    severity: 'critical',
    zh: '数据库损坏',
    en: 'the database is damaged',
    hint: 'restore the last backup',
  },
  'store-newer': {
    severity: 'critical',
    zh: '数据库由更新版本写入',
    en: 'the database was written by a newer version',
    hint: 'install that version, or restore the backup taken before the upgrade',
  },
  'store-foreign': {
    severity: 'critical',
    zh: '文件不是本系统的数据库',
    en: 'the file is the database of something else',
    hint: 'check data.directory',
  },
  'store-io': {
    severity: 'critical',
    zh: '数据库读写错误',
    en: 'the database met an input or output error',
    hint: 'check the data disk',
  },
  'ledger-full': {
    severity: 'critical',
    zh: '账本所在磁盘已满',
    en: 'the ledger could not be written: the disk is full',
    hint: 'free space on the data disk',
  },
  'ledger-io': {
    severity: 'critical',
    zh: '账本写入错误',
    en: 'the ledger could not be written: input or output error',
    hint: 'check the data disk',
  },
  'ledger-readonly': {
    severity: 'critical',
    zh: '账本不可写',
    en: 'the ledger could not be written: it is read-only',
    hint: 'look whether the file system was remounted read-only',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Of the customs feed. */
const feedFaults = {
  'feed-file-headless': {
    severity: 'error',
    zh: '放行文件缺少文件头',
    en: 'the first line of a file is no feed header',
    hint: 'the file lies in rejected/ with its reason; the sender must write it anew',
  },
  'feed-file-incomplete': {
    severity: 'warning',
    zh: '放行文件不完整',
    en: 'a file has no watermark at its end',
    hint: 'the file lies in rejected/ with its reason; the sender must write it anew',
  },
  'feed-source-unknown': {
    severity: 'error',
    zh: '放行文件来源未配置',
    en: 'a file of a source that is not configured',
    hint: 'add the source under feed.sources, or find out who writes it',
  },
  'feed-unreadable': {
    severity: 'error',
    zh: '放行信息接收程序异常',
    en: 'the feed could not be read',
    hint: 'check feed.directory and the data disk; decisions see the sources grow old',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** Between the gate and the centre. */
const uplinkFaults = {
  'uplink-fork': {
    severity: 'critical',
    zh: '监管中心持有的记录与本地不一致',
    en: 'the centre acknowledges other bytes than this gate has written',
    hint: 'a ledger was restored or tampered with: compare with `kakou journal verify` on both sides',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** The daemon does not start. */
export const startFaults = {
  'device-absent': {
    severity: 'critical',
    zh: '必须在线的设备不在线',
    en: 'a device whose onStartFailure is exit is absent',
    hint: 'connect the device, or set its onStartFailure to retry or disable-lane',
  },
  'port-in-use': {
    severity: 'critical',
    zh: '端口被占用',
    en: 'another program listens on the port of the panel or of the devices',
    hint: 'stop it, or set panel.port and devicePush.port',
  },
  'data-directory-unusable': {
    severity: 'critical',
    zh: '数据目录不可用',
    en: 'the folder of the data or of the feed cannot be used',
    hint: "make data.directory and feed.directory folders that the daemon's user may write",
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** What `kakou journal verify` finds. The verifier shares no code, so a test compares the two lists. */
const journalFaults = {
  unreadable: {
    severity: 'error',
    zh: '日志文件无法读取',
    en: 'the file is no ledger and no NDJSON export of one',
    hint: 'check the path; a damaged database is restored from the backup',
  },
  'missing-entry': {
    severity: 'critical',
    zh: '日志记录缺失',
    en: 'an entry is missing',
    hint: 'an entry was deleted, or the export is incomplete: compare with the centre',
  },
  'hash-mismatch': {
    severity: 'critical',
    zh: '日志记录内容被改动',
    en: 'the bytes of an entry are not those that were written',
    hint: 'keep the file as it is and compare with the centre',
  },
  'broken-link': {
    severity: 'critical',
    zh: '日志链断裂',
    en: 'an entry does not follow from the one before',
    hint: 'an entry at or before this place was changed, replaced or reordered: compare with the centre',
  },
  'wrong-sequence': {
    severity: 'critical',
    zh: '日志序号错误',
    en: 'entries were reordered or renumbered',
    hint: 'keep the file as it is and compare with the centre',
  },
  'wrong-epoch': {
    severity: 'critical',
    zh: '混入其他账本的记录',
    en: 'entries of another log were mixed in',
    hint: 'keep the file as it is and compare with the centre',
  },
  'not-cloudevents': {
    severity: 'critical',
    zh: '记录不是 CloudEvents 格式',
    en: 'the entry was not written by kakou',
    hint: 'keep the file as it is and compare with the centre',
  },
  'bad-signature': {
    severity: 'critical',
    zh: '检查点签名无效',
    en: 'the checkpoint was not signed by the key that the log announced',
    hint: 'find out who had access to the data folder; compare with the centre',
  },
  'wrong-root': {
    severity: 'critical',
    zh: '检查点根值不符',
    en: 'entries before a checkpoint were changed after it was signed',
    hint: 'keep the file as it is and compare with the centre',
  },
  shrunken: {
    severity: 'critical',
    zh: '日志比上次核验时短',
    en: 'the log lost its end, or was put back to an earlier copy',
    hint: 'find out whether a backup was restored; compare with the centre',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

export const faultGroups: Readonly<Record<string, Readonly<Record<string, FaultText>>>> = {
  'Wire of a device': wireFaults,
  'Connection to a device': connectionFaults,
  Lane: laneFaults,
  Databases: storeFaults,
  'Customs feed': feedFaults,
  Uplink: uplinkFaults,
  Start: startFaults,
  'Verification of a log': journalFaults,
};

export const faultTexts: Readonly<Record<string, FaultText>> = Object.assign(
  {},
  ...Object.values(faultGroups),
);
