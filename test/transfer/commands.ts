/**
 * A way of bringing a file into the inbox. Its commands are for a shell that knows INBOX, SOURCE (a
 * folder), NAME, SLOW and CUT (URLs of folders), SSH (a configuration with a host `target`), RCLONE
 * (an SFTP remote of rclone) and FTP (the URL of the inbox).
 */
export interface Way {
  /** All programs that it needs. */
  readonly needs: readonly string[];
  /** Is ended in the middle with `kill -9`, or broken off by its server and goes on by itself. */
  readonly first: string;
  readonly isCutByServer?: boolean;
  /** Goes on; without it `first` once more. */
  readonly then?: string;
  /** Whether it takes the source away, so that a third run has nothing to send. */
  readonly isMove?: boolean;
}

const RSYNC = 'rsync --bwlimit=150 -e "ssh -F $SSH"';
const TO_INBOX = '"$SOURCE/$NAME" target:"$INBOX/"';
const SCP = 'scp -q -l 1200 -F $SSH "$SOURCE/$NAME"';
const RCLONE = 'rclone --config /dev/null -q --bwlimit 150k --retries 1';
const MV = 'mv "$INBOX/$NAME.part" "$INBOX/$NAME"';
const CURL = 'curl -sSf --limit-rate 150k';
const WGET = 'wget -q --limit-rate=150k';
// Else a small file stays in memory until all of it is there.
const ARIA2 = 'aria2c -q --disk-cache=0 --max-overall-download-limit=150K';
const LFTP = 'set net:max-retries 1; set net:limit-rate 150000:150000;';
const TEMP = 'set xfer:use-temp-file yes;';

const ssh = (tool: string) => [tool, 'sshd', 'ssh'];
const sftp = (put: string) =>
  `printf '%s\\n' "${put} $SOURCE/$NAME $INBOX/$NAME.part" ` +
  '"rename $INBOX/$NAME.part $INBOX/$NAME" | sftp -q -b - -l 1200 -F $SSH target';

export const WAYS: Readonly<Record<string, Way>> = {
  rsync: { needs: ssh('rsync'), first: `${RSYNC} ${TO_INBOX}` },
  'rsync --partial': { needs: ssh('rsync'), first: `${RSYNC} --partial ${TO_INBOX}` },
  'rsync --partial-dir': {
    needs: ssh('rsync'),
    first: `${RSYNC} --partial-dir=.rsync-partial ${TO_INBOX}`,
  },
  'rsync --inplace': { needs: ssh('rsync'), first: `${RSYNC} --inplace ${TO_INBOX}` },
  'rsync --append': { needs: ssh('rsync'), first: `${RSYNC} --append ${TO_INBOX}` },
  'rsync --remove-source-files': {
    needs: ssh('rsync'),
    first: `${RSYNC} --remove-source-files ${TO_INBOX}`,
    isMove: true,
  },

  scp: { needs: ssh('scp'), first: `${SCP} target:"$INBOX/$NAME"` },
  'scp, then mv': {
    needs: ssh('scp'),
    first: `${SCP} target:"$INBOX/$NAME.part" && ssh -F $SSH target "${MV.replaceAll('"', '')}"`,
  },
  'sftp put and rename': { needs: ssh('sftp'), first: sftp('put'), then: sftp('reput') },

  'rclone copy': {
    needs: ssh('rclone'),
    first: `${RCLONE} copy "$SOURCE/$NAME" $RCLONE:"$INBOX"`,
  },
  'rclone copyto and moveto': {
    needs: ssh('rclone'),
    first:
      `${RCLONE} copyto "$SOURCE/$NAME" $RCLONE:"$INBOX/$NAME.part" && ` +
      `${RCLONE} moveto $RCLONE:"$INBOX/$NAME.part" $RCLONE:"$INBOX/$NAME"`,
  },
  'rclone move': {
    needs: ssh('rclone'),
    first: `${RCLONE} move "$SOURCE" --include "$NAME" $RCLONE:"$INBOX"`,
    isMove: true,
  },

  wget: { needs: ['wget'], first: `${WGET} -c -P "$INBOX" $SLOW/$NAME` },
  'wget -O, then mv': {
    needs: ['wget'],
    first: `${WGET} -c -O "$INBOX/$NAME.part" $SLOW/$NAME && ${MV}`,
  },
  'wget that tries again': {
    needs: ['wget'],
    first: `${WGET} -P "$INBOX" $CUT/$NAME`,
    isCutByServer: true,
  },

  'curl -o': { needs: ['curl'], first: `${CURL} -C - -o "$INBOX/$NAME" $SLOW/$NAME` },
  'curl -o, then mv': {
    needs: ['curl'],
    first: `${CURL} -C - -o "$INBOX/$NAME.part" $SLOW/$NAME && ${MV}`,
  },
  'curl that tries again': {
    needs: ['curl'],
    first: `${CURL} --retry 3 --retry-all-errors -o "$INBOX/$NAME" $CUT/$NAME`,
    isCutByServer: true,
  },

  aria2c: { needs: ['aria2c'], first: `${ARIA2} -c -d "$INBOX" $SLOW/$NAME` },
  'aria2c -o, then mv': {
    needs: ['aria2c'],
    first: `${ARIA2} -c -d "$INBOX" -o "$NAME.part" $SLOW/$NAME && ${MV}`,
  },
  'aria2c that tries again': {
    needs: ['aria2c'],
    first: `${ARIA2} --retry-wait=2 -d "$INBOX" $CUT/$NAME`,
    isCutByServer: true,
  },

  'lftp get': { needs: ['lftp'], first: `lftp -c "${LFTP} get -c $SLOW/$NAME -o $INBOX/$NAME"` },
  'lftp get to a temporary file': {
    needs: ['lftp'],
    first: `lftp -c "${LFTP} ${TEMP} get -c $SLOW/$NAME -o $INBOX/$NAME"`,
  },
  'lftp pget': {
    needs: ['lftp'],
    first: `lftp -c "${LFTP} pget -n 3 -c $SLOW/$NAME -o $INBOX/$NAME"`,
  },
  'lftp put to vsftpd': {
    needs: ['lftp', 'vsftpd'],
    first: `lftp -c "${LFTP} open $FTP; put -c $SOURCE/$NAME"`,
  },
  'lftp put to a temporary file of vsftpd': {
    needs: ['lftp', 'vsftpd'],
    first: `lftp -c "${LFTP} ${TEMP} open $FTP; put -c $SOURCE/$NAME"`,
  },
  'lftp mirror --Remove-source-files': {
    needs: ['lftp', 'vsftpd'],
    first: `lftp -c "${LFTP} ${TEMP} open $FTP; mirror -R --Remove-source-files $SOURCE ."`,
    isMove: true,
  },

  'curl -T to vsftpd': {
    needs: ['curl', 'vsftpd'],
    first: `${CURL} -T "$SOURCE/$NAME" $FTP/$NAME`,
    then: `${CURL} -C - -T "$SOURCE/$NAME" $FTP/$NAME`,
  },
  'curl -T and RNTO at vsftpd': {
    needs: ['curl', 'vsftpd'],
    first: `${CURL} -T "$SOURCE/$NAME" $FTP/$NAME.part -Q "-RNFR $NAME.part" -Q "-RNTO $NAME"`,
    then: `${CURL} -C - -T "$SOURCE/$NAME" $FTP/$NAME.part -Q "-RNFR $NAME.part" -Q "-RNTO $NAME"`,
  },
};
